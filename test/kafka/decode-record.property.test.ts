import fc from 'fast-check';
import type { LogRecord } from '../../src/domain/record';
import { createDecoder, decodeByParsing, decodeRecord } from '../../src/kafka/decode-record';
import { kafkaRecord, PLAIN_LOG } from '../support/records';

const RUNS = { numRuns: 2000 };

/** Values that are often valid for their field, and often not. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.string()),
);
const rarely = <T>(usual: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: hostile });
const timestamps = fc
  .date({ noInvalidDate: true, min: new Date('1900-01-01'), max: new Date('2200-01-01') })
  .map((date) => date.toISOString());
const words = fc.oneof(
  { weight: 12, arbitrary: fc.string({ unit: fc.constantFrom(...'aB0 :,{}[]') }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.constantFrom('"', '\\', '\n', '\u2028', 'a":"b', '\0') },
);
const fields: Record<string, fc.Arbitrary<unknown>> = {
  timestamp: rarely(timestamps),
  service: rarely(words),
  level: rarely(fc.constantFrom('info', 'info', 'error', 'fatal', 'WARN', 'critical')),
  message: rarely(words),
  request_id: rarely(words),
  status_code: rarely(fc.integer({ min: 100, max: 599 })),
  user_id: fc.oneof(words, fc.integer()),
  response_time_ms: rarely(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })),
  tags: rarely(fc.array(words, { maxLength: 3 })),
};
const names = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...Object.keys(fields)) },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', '@timestamp', 'x', 'time"stamp', '') },
);
const pairs = fc
  .array(names, { maxLength: 4 })
  .chain((more) =>
    fc.tuple(
      ...['timestamp', 'service', 'level', 'message', ...more].map((name) =>
        fc.tuple(fc.constant(name), Object.hasOwn(fields, name) ? fields[name]! : hostile),
      ),
    ),
  );
const gaps = fc.constantFrom('', '', '', '', '', '', '', ' ', '\n', '\t');

/** The text of an object, key by key, so that keys may stand twice and blanks anywhere. */
const texts = fc.tuple(pairs, gaps, gaps).map(([entries, before, after]) => {
  const members = entries.map(([name, value]) => `${before}${JSON.stringify(name)}${after}:${JSON.stringify(value)}`);
  return `{${members.join(',')}}${before}`;
});

/** What the splice makes of a value that is `verbatim`. */
function splicedDocument(value: Buffer): { text: string; document: LogRecord } {
  const text = `{"@${value.toString('latin1').slice(2)}`;
  return { text, document: JSON.parse(text) as LogRecord };
}

function checkVerbatim(value: Buffer): boolean {
  const decoded = decodeRecord(kafkaRecord(value));
  const parsed = decodeByParsing(kafkaRecord(value));
  // Whether its bytes are taken or parsed: the verdict is the same.
  if (decoded.kind !== 'record' || !decoded.verbatim) {
    expect(decoded).toEqual(parsed);
    return false;
  }
  const { text, document } = splicedDocument(value);
  if (parsed.kind !== 'record') throw new Error(`taken as it is, though refused by parsing: ${text}`);
  expect(parsed.document).toBeUndefined();
  expect(document).toEqual(parsed.record);
  const { level, status_code, response_time_ms, error_code } = parsed.record;
  expect(decoded.record).toEqual({ level, status_code, response_time_ms, error_code });
  expect(text).not.toMatch(/[\n\r]/);
  // JSON.stringify writes each key once, so equal key counts mean that none stands twice.
  const keys = (json: string) =>
    [...json.matchAll(/"((?:[^"\\]|\\.)*)"(:?)/g)].flatMap(([, name, colon]) => (colon ? [name] : [])).sort();
  expect(keys(text)).toEqual(keys(JSON.stringify(parsed.record)));
  return true;
}

describe('decodeRecord, for any input', () => {
  test('bytes: it answers and does not throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(['record', 'rejected', 'filtered']).toContain(decodeRecord(kafkaRecord(Buffer.from(bytes))).kind);
      }),
      RUNS,
    );
  });

  test('JSON of any shape: it answers, and a rejection has a code, a field and a detail', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const decoded = decodeRecord(kafkaRecord(text));
        if (decoded.kind !== 'rejected') return;
        expect(decoded.rejection).toEqual({
          code: expect.stringMatching(/^[a-z_]+$/),
          field: expect.any(String),
          detail: expect.stringMatching(/./),
        });
      }),
      RUNS,
    );
  });

  test('a log with any field cut, changed or doubled: verbatim only when the bytes are the document', () => {
    let verbatim = 0;
    fc.assert(
      fc.property(texts, (text) => {
        if (checkVerbatim(Buffer.from(text))) verbatim += 1;
      }),
      RUNS,
    );
    // The property would hold idly if nothing were ever spliced.
    expect(verbatim).toBeGreaterThan(RUNS.numRuns / 100);
  });

  test('a good log with one byte changed: verbatim only when the bytes are the document', () => {
    const good = Buffer.from(JSON.stringify({ ...PLAIN_LOG, status_code: 200, tags: ['a', 'b'], user_id: 'u' }));
    expect(checkVerbatim(good)).toBe(true);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(good);
        changed[at] = byte;
        checkVerbatim(changed);
      }),
      RUNS,
    );
  });

  test('whatever is accepted keeps every field that is not null, known ones and attributes together', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const decoded = decodeByParsing(kafkaRecord(text));
        if (decoded.kind !== 'record') return;
        const { attributes = {}, ...known } = decoded.record;
        const wanted = Object.entries(JSON.parse(text) as Record<string, unknown>).filter(
          ([name, value]) => value !== null || !Object.hasOwn(fields, name),
        );
        const kept = new Set([...Object.keys(known), ...Object.keys(attributes)]);
        for (const [name] of wanted) expect(kept.has(name === 'timestamp' ? '@timestamp' : name)).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('text', () => {
  const parts = fc.constantFrom(
    '[',
    ']',
    '{',
    '"',
    '-',
    '1',
    '2026',
    '.5',
    'e3',
    ' ',
    '\n',
    '\t',
    'true',
    'null',
    'x',
    ',',
    ':',
    'T',
    '\u00a0',
  );
  const withText = createDecoder({ formats: ['auto', 'text'] });

  test('is JSON for the decoder exactly where it is for JSON.parse', () => {
    fc.assert(
      fc.property(fc.array(parts, { minLength: 1, maxLength: 8 }), (some) => {
        const text = some.join('');
        let isObject = false;
        try {
          const value: unknown = JSON.parse(text);
          isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
        } catch {
          // No JSON.
        }
        const decoded = withText(kafkaRecord(text));
        const isText = decoded.kind === 'record' && !decoded.verbatim && decoded.record.event !== undefined;
        expect([text, isText]).toEqual([text, !isObject]);
      }),
      { numRuns: 5000 },
    );
  });
});
