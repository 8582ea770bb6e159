/** A stream of pseudo-random 32-bit whole numbers, from 0 to 2^32 - 1. */
export type Random = () => number;

/** Calls that mix the seed before the first number is used, as the authors of sfc32 advise. */
const WARM_UP = 12;

/**
 * sfc32: the same seed gives the same numbers on every machine, for ever. About 5 ns a number; not for secrets.
 *
 * @param stream tells apart independent streams of one seed.
 */
export function createRandom(seed: number, stream = 0): Random {
  let a = seed | 0;
  let b = mix(seed ^ 0x9e3779b9);
  let c = mix(stream ^ 0x85ebca6b);
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let i = 0; i < WARM_UP; i++) next();
  return next;
}

/** murmur3's finaliser: a one-to-one scramble of 32-bit numbers, so different numbers stay different. */
export function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A 32-bit number as a share of one: 0 up to, and without, 1. */
export function share(value: number): number {
  return value / 4_294_967_296;
}

/** `count` draws of the standard normal distribution (Box-Muller), for tables that are filled once. */
export function normalDraws(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - share(random())));
    return radius * Math.cos(2 * Math.PI * share(random()));
  });
}

/** A picker by weight: turns a share of one into an item, each as often as its weight. */
export function weighted<T>(items: readonly T[], weight: (item: T) => number): (at: number) => T {
  const total = items.reduce((sum, item) => sum + weight(item), 0);
  let sum = 0;
  const ends = items.map((item) => (sum += weight(item)) / total);
  return (at) => {
    let index = 0;
    while (index < ends.length - 1 && at >= ends[index]!) index++;
    return items[index]!;
  };
}
