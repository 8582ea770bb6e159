import fc from 'fast-check';
import { POISON_CORPUS } from '../test/support/poison-corpus';
import { PLAIN_LOG } from '../test/support/records';

/** Seeded whole numbers, xorshift32: the same seed makes the same records. */
export function createDice(seed: number): (below: number) => number {
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
const SMALL = POISON_CORPUS.map(({ value }) => value)
  .filter((value): value is string | Buffer => value !== null && value.length < 4096)
  .map((value) => Buffer.from(value));
const GOOD = [
  PLAIN_LOG,
  { ...PLAIN_LOG, status_code: 503, response_time_ms: 12.5, user_id: 'u', tags: ['a', 'b'], path: '/x', method: 'GET' },
  { ...PLAIN_LOG, http: { headers: [{ name: 'a', value: 'b' }], size: 10 }, region: null, n: 1.25 },
].map((log) => Buffer.from(JSON.stringify(log)));

/** A record of the corpus, or a good one, with one to four changes. */
export function mutate(dice: (below: number) => number): Buffer {
  const pool = dice(2) === 0 ? SMALL : GOOD;
  let bytes = Buffer.from(pool[dice(pool.length)]!);
  for (let changes = dice(4); changes >= 0 && bytes.length > 0; changes -= 1) {
    const at = dice(bytes.length);
    const kind = dice(5);
    if (kind === 0) bytes[at] = dice(256);
    else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + dice(8))]);
    else if (kind === 2) {
      const other = SMALL[dice(SMALL.length)]!;
      bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(dice(other.length + 1))]);
    } else {
      const snippet = Buffer.from(SNIPPETS[dice(SNIPPETS.length)]!);
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
const known = {
  timestamp: fc.oneof(fc.constant(PLAIN_LOG.timestamp), anything),
  service: fc.oneof(fc.constant('auth'), anything),
  level: fc.oneof(fc.constantFrom('info', 'ERROR', 'critical'), anything),
  message: fc.oneof(text, anything),
  status_code: fc.oneof(fc.integer({ min: 100, max: 599 }), anything),
  user_id: anything,
  response_time_ms: fc.oneof(fc.double({ min: 0 }), anything),
  tags: fc.oneof(fc.array(text), anything),
};
const others = fc.dictionary(text, fc.oneof(anything, fc.object({ maxDepth: 3 })), { maxKeys: 4 });

/** Logs with right and wrong fields, as fast-check makes them. */
export const generated: fc.Arbitrary<Buffer> = fc
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
