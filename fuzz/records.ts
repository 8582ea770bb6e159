import fc from 'fast-check';
import { MAX_RECORD_BYTES } from '../src/kafka/decode-record';
import { POISON_CORPUS } from '../test/support/poison-corpus';
import { PLAIN_LOG } from '../test/support/records';
import { pick, structured, type Dice } from './structured';

/** Seeded whole numbers, xorshift32: the same seed makes the same records. */
function createDice(seed: number): Dice {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const SNIPPETS = [
  ...['{', '}', '[', ']', '"', ':', ',', '\\', '\\u0000', '\\ud800', '\n', ' ', '1e999', '-0', '9007199254740993'],
  ...['null', 'true', '"a":1,', '"__proto__":{}', '"level":"error"', '"timestamp":0,', '"tags":[', '\u20ac', '\ufeff'],
];
const VALUES = POISON_CORPUS.map(({ value }) => (value === null ? null : Buffer.from(value)));
const SMALL_BYTES = 4096;
const SMALL = VALUES.filter((value) => value !== null && value.length < SMALL_BYTES) as Buffer[];
/** Up to 2 MiB, two of them too large: the larger ones of the corpus are refused for their size like these, and cost the time of a thousand. */
const LARGE = [
  ...VALUES.filter((value) => value !== null && value.length >= SMALL_BYTES && value.length < 2 ** 21),
  Buffer.alloc(MAX_RECORD_BYTES + 1, '['),
];
const GOOD = [
  PLAIN_LOG,
  { ...PLAIN_LOG, status_code: 503, response_time_ms: 12.5, user_id: 'u', tags: ['a', 'b'], path: '/x', method: 'GET' },
  { ...PLAIN_LOG, http: { headers: [{ name: 'a', value: 'b' }], size: 10 }, region: null, n: 1.25 },
].map((log) => Buffer.from(JSON.stringify(log)));

/** Out of a thousand records, how many come from where. The rest, 579 of them, are structured. */
const TOMBSTONES = 5;
const LARGE_ONES = 1;
const CORPUS = 215;
const MUTATED = 150;
const GENERATED = 50;
/** Records that are made at once. */
const BATCH = 500;

/** `count` records of a seed, in batches of 500: the same count and seed make the same records. null is a tombstone. */
export function* makeRecords(count: number, seed: number): Generator<(Buffer | null)[]> {
  const dice = createDice(seed);
  for (let left = count, round = 0; left > 0; left -= BATCH, round += 1) {
    // Few, as fast-check takes a millisecond and more for each; the others take none.
    const made = fc.sample(generated, { numRuns: (BATCH * GENERATED) / 1000, seed: seed + round });
    const others = Array.from({ length: BATCH - made.length }, () => makeOne(dice));
    yield [...made, ...others].slice(0, left);
  }
}

function makeOne(dice: Dice): Buffer | null {
  const which = dice(1000 - GENERATED);
  if (which < TOMBSTONES) return null;
  if (which < TOMBSTONES + LARGE_ONES) return pick(LARGE, dice);
  if (which < TOMBSTONES + LARGE_ONES + CORPUS) return pick(SMALL, dice);
  if (which < TOMBSTONES + LARGE_ONES + CORPUS + MUTATED) return mutate(dice);
  return structured(dice);
}

/** A record of the corpus, or a good one, with one to four changes to its bytes. */
function mutate(dice: Dice): Buffer {
  let bytes = Buffer.from(pick(dice(2) === 0 ? SMALL : GOOD, dice));
  for (let changes = dice(4); changes >= 0 && bytes.length > 0; changes -= 1) {
    const at = dice(bytes.length);
    const kind = dice(5);
    if (kind === 0) bytes[at] = dice(256);
    else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + dice(8))]);
    else if (kind === 2) {
      const other = pick(SMALL, dice);
      bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(dice(other.length + 1))]);
    } else {
      const snippet = Buffer.from(pick(SNIPPETS, dice));
      bytes = Buffer.concat([bytes.subarray(0, at), snippet, bytes.subarray(at)]);
    }
  }
  return bytes;
}

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.string({ maxLength: 20 }));
const anything = fc.oneof(
  text,
  fc.double(),
  fc.maxSafeInteger(),
  fc.bigInt(),
  fc.boolean(),
  fc.constant(null),
  fc.array(text),
);
/** Mostly what fits, one time in eight anything. */
const mostly = (fitting: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 7, arbitrary: fitting }, { weight: 1, arbitrary: anything });
const known = {
  timestamp: mostly(fc.constant(PLAIN_LOG.timestamp)),
  service: mostly(fc.string({ minLength: 1, maxLength: 20 })),
  level: mostly(fc.constantFrom('info', 'ERROR', 'critical')),
  message: mostly(text),
  status_code: mostly(fc.integer({ min: 100, max: 599 })),
  user_id: mostly(fc.oneof(text, fc.double(), fc.bigInt())),
  response_time_ms: mostly(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })),
  tags: mostly(fc.array(text)),
};
const others = fc.dictionary(text, fc.oneof(anything, fc.object({ maxDepth: 3 })), { maxKeys: 4 });

/** Logs with right and wrong fields, as fast-check makes them. */
const generated: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.record({ ...known }, { requiredKeys: ['service', 'level', 'message'] }),
    others,
    fc.constantFrom('', ' ', '\n'),
  )
  .map(([fields, more, gap]) => {
    const members = [...Object.entries(fields), ...Object.entries(more)].map(
      ([name, value]) => `${JSON.stringify(name)}${gap}:${toJson(value)}`,
    );
    return Buffer.from(`{${members.join(`,${gap}`)}}`);
  });

/** A big integer is a number of as many digits in JSON. */
function toJson(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  return (
    JSON.stringify(value, (_name, inner: unknown) => (typeof inner === 'bigint' ? Number(inner) : inner)) ?? 'null'
  );
}
