import { createRandom, share } from '../../src/generator/random';

/** Seeded choices. */
export interface Dice {
  /** A whole number, both ends included. */
  whole(from: number, to: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  shuffle<T>(items: readonly T[]): T[];
}

/** @param stream tells apart independent dice of one seed */
export function createDice(seed: number, stream: number): Dice {
  const random = createRandom(seed, stream);
  const whole = (from: number, to: number) => from + Math.floor(share(random()) * (to - from + 1));
  return {
    whole,
    chance: (probability) => share(random()) < probability,
    pick: (items) => items[whole(0, items.length - 1)]!,
    shuffle(items) {
      const left = [...items];
      return items.map(() => left.splice(whole(0, left.length - 1), 1)[0]!);
    },
  };
}
