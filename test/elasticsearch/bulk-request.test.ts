import fc from 'fast-check';
import type { BulkPart } from '../../src/activities/ports';
import { selectItems } from '../../src/elasticsearch/bulk-request';
import { decodeRecord } from '../../src/kafka/decode-record';
import { buildParts, BULK_SETTINGS, fakeHash } from '../support/bulk';
import { APPENDED_AT, batchRef, kafkaRecord, PLAIN_LOG } from '../support/records';

const DAY_MS = 86_400_000;

/** The body as Elasticsearch reads it: line by line, each a JSON of its own. */
function parse(body: Buffer): { action: Record<string, unknown>; document: Record<string, unknown> }[] {
  const text = body.toString('utf8');
  expect(text.endsWith('\n')).toBe(true);
  const lines = text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.length % 2).toBe(0);
  return Array.from({ length: lines.length / 2 }, (_, i) => ({
    action: lines[i * 2]!['index'] as Record<string, unknown>,
    document: lines[i * 2 + 1]!,
  }));
}
const only = (parts: BulkPart[]) => {
  expect(parts).toHaveLength(1);
  return parts[0]!;
};

describe('bulk builder', () => {
  test('a batch of old records, each of another day, takes no more memory for its many bodies', () => {
    const records = Array.from({ length: 365 }, (_, day) =>
      kafkaRecord(PLAIN_LOG, { offset: day, timestamp: APPENDED_AT - day * DAY_MS }),
    );
    // As large as a batch may be: most of it is not here.
    const parts = buildParts(batchRef(0, 10_000, { bytes: 4_000_000 }), 1, records);
    expect(parts).toHaveLength(365);
    const held = parts.reduce((sum, { body }) => sum + body.buffer.byteLength, 0);
    expect(held).toBeLessThan(64 * 2 ** 20);
  });

  test('a record: its fixed id, the epoch as external version, its fields, score, place and hash', () => {
    const source = kafkaRecord({ ...PLAIN_LOG, level: 'error', status_code: 500 }, { offset: 42 });
    const part = only(buildParts(batchRef(0, 100, { generation: 2, partition: 7 }), 3, [source]));
    expect(part.index).toBe('logs-2026.11.24');
    expect(parse(part.body)).toEqual([
      {
        action: { _id: '02-0007-0000000000000042', version: 3, version_type: 'external' },
        document: {
          '@timestamp': PLAIN_LOG.timestamp,
          service: 'auth',
          level: 'error',
          message: 'ok',
          status_code: 500,
          anomaly: {
            score: 70,
            severity: 'high',
            is_anomaly: true,
            reasons: [
              { rule: 'level_error', weight: 40 },
              { rule: 'status_5xx', weight: 30 },
            ],
          },
          kafka: { partition: 7, offset: 42, generation: 2, timestamp: APPENDED_AT },
          ingested_at: '2026-11-24T12:00:00.000Z',
          epoch: 3,
          record_hash: fakeHash(source.value!),
        },
      },
    ]);
  });

  test('records of several days: a part per day, each with its own offsets and hashes in order', () => {
    const records = [0, 1, 0, 2, 1].map((day, offset) =>
      kafkaRecord(PLAIN_LOG, { offset, timestamp: APPENDED_AT + day * DAY_MS }),
    );
    const parts = buildParts(batchRef(0, 5), 1, records);
    expect(parts.map(({ index, offsets }) => [index, offsets])).toEqual([
      ['logs-2026.11.24', [0, 2]],
      ['logs-2026.11.25', [1, 4]],
      ['logs-2026.11.26', [3]],
    ]);
    for (const { body, offsets } of parts) {
      expect(parse(body).map(({ document }) => (document['kafka'] as { offset: number }).offset)).toEqual(offsets);
    }
  });

  test('an oldest day: earlier records share one index, that day and later ones have their own', () => {
    const records = [-400, -1, 0, 1].map((day, offset) =>
      kafkaRecord(PLAIN_LOG, { offset, timestamp: APPENDED_AT + day * DAY_MS }),
    );
    const parts = buildParts(batchRef(0, 4), 1, records, { ...BULK_SETTINGS, oldestDay: '2026-11-24' });
    expect(parts.map(({ index, offsets }) => [index, offsets])).toEqual([
      ['logs-old', [0, 1]],
      ['logs-2026.11.24', [2]],
      ['logs-2026.11.25', [3]],
    ]);
  });

  test.each([-1, 0, 8.7e15, 1.7e18, NaN])(
    'a time of %p, which only a broken clock gives: the old index, no error',
    (timestamp) => {
      const records = [kafkaRecord(PLAIN_LOG, { offset: 0, timestamp })];
      const unstamped = Number.isFinite(timestamp) ? records : [];
      for (const { index } of buildParts(batchRef(0, 1), 1, unstamped)) expect(index).toBe('logs-old');
    },
  );

  test('no records: no parts', () => {
    expect(buildParts(batchRef(0, 0), 1, [])).toEqual([]);
  });

  test('spliced bytes and stringified fields give the same document', () => {
    const verbatim = kafkaRecord({ ...PLAIN_LOG, user_id: 'u', tags: ['a', 'b'], response_time_ms: 1.5 });
    const spaced = kafkaRecord(String(verbatim.value).replace('"service":', '"service" : '));
    expect([verbatim, spaced].map((one) => (decodeRecord(one) as { verbatim: boolean }).verbatim)).toEqual([
      true,
      false,
    ]);
    const [first, second] = [verbatim, spaced].map((one) => parse(only(buildParts(batchRef(0, 1), 1, [one])).body)[0]!);
    expect({ ...second!.document, record_hash: '' }).toEqual({ ...first!.document, record_hash: '' });
  });

  test('bodies that outgrow the first buffer, with letters of one to four bytes, stay whole', () => {
    const message = 'aé€😀"\\\n\u2028'.repeat(2000);
    const records = Array.from({ length: 60 }, (_, offset) =>
      kafkaRecord(offset % 2 ? { ...PLAIN_LOG, message } : { ...PLAIN_LOG, message: 'x'.repeat(9000) }, { offset }),
    );
    const part = only(buildParts(batchRef(0, 60), 1, records));
    expect(part.body.length).toBeGreaterThan(1024 * 1024);
    const documents = parse(part.body);
    expect(documents.map(({ document }) => document['message'])).toEqual(
      records.map(({ value }) => (JSON.parse(String(value)) as { message: string }).message),
    );
  });

  test('one record larger than the first buffer stays whole', () => {
    const part = only(buildParts(batchRef(0, 1), 1, [kafkaRecord({ ...PLAIN_LOG, message: '€'.repeat(300_000) })]));
    expect((parse(part.body)[0]!.document['message'] as string).length).toBe(300_000);
  });

  test('any logs: every document holds its record and stands on one line', () => {
    const log = fc.record(
      {
        timestamp: fc.constantFrom('2026-11-24T11:59:59.000Z', '2026-11-24T11:59:59Z', 0),
        service: fc.string({ minLength: 1, unit: 'binary' }),
        level: fc.constantFrom('info', 'ERROR'),
        message: fc.string({ unit: 'binary' }),
        extra: fc.jsonValue({ maxDepth: 3 }),
      },
      { requiredKeys: ['service', 'level', 'message'] },
    );
    fc.assert(
      fc.property(fc.array(log, { minLength: 1, maxLength: 10 }), (logs) => {
        const records = logs.map((one, offset) => kafkaRecord(one, { offset }));
        const accepted = records.filter((one) => decodeRecord(one).kind === 'record');
        const parsed = buildParts(batchRef(0, logs.length), 1, accepted).flatMap(({ body }) => parse(body));
        expect(parsed.map(({ document }) => [document['service'], document['message']])).toEqual(
          accepted.map(({ offset }) => [logs[offset]!.service.replaceAll(/^$/g, ''), logs[offset]!.message]),
        );
      }),
    );
  });
});

describe('selectItems', () => {
  const records = ['a', 'b€', 'c', 'd'].map((message, offset) => kafkaRecord({ ...PLAIN_LOG, message }, { offset }));
  const part = only(buildParts(batchRef(0, 4), 1, records));
  const messages = (items: number[]) => parse(selectItems(part, items)).map(({ document }) => document['message']);

  test.each([
    [[0], ['a']],
    [[3], ['d']],
    [
      [1, 3],
      ['b€', 'd'],
    ],
  ])('items %j: their lines, whole', (items, expected) => {
    expect(messages(items)).toEqual(expected);
  });

  test('all items: the body itself', () => {
    expect(selectItems(part, [0, 1, 2, 3]).equals(part.body)).toBe(true);
  });

  test('no items: nothing', () => {
    expect(selectItems(part, [])).toHaveLength(0);
  });
});
