import fc from 'fast-check';
import { MAX_PARTS } from '../../src/domain/message-parts';
import { decodeRecord, type Decoded } from '../../src/kafka/decode-record';
import { countToSplit, MAX_SPLIT_LENGTH, splitRequest } from '../../src/kafka/split-otlp';
import { badRecord, exportRequest, otlpRecord } from '../support/export-request';
import { kafkaRecord } from '../support/records';

const decode = (value: unknown, headers = {}) => decodeRecord(kafkaRecord(value, { headers }));
const partsOf = (decoded: Decoded) => {
  if (decoded.kind !== 'several') throw new Error(JSON.stringify(decoded));
  return decoded.parts;
};
const rejectionOf = (value: unknown) => {
  const decoded = decode(value);
  return decoded.kind === 'rejected' ? `${decoded.rejection.code} ${decoded.rejection.field}` : decoded.kind;
};

/** Any JSON that a request may hold beside its lists. */
const beside = fc.dictionary(
  fc.string({ maxLength: 5 }).filter((key) => !['resourceLogs', 'scopeLogs', 'logRecords'].includes(key)),
  fc.jsonValue({ maxDepth: 2 }),
  { maxKeys: 3 },
);
const logRecord = fc.record(
  {
    timeUnixNano: fc.constantFrom('1795521598123456789', '0'),
    severityText: fc.constantFrom('INFO', 'ERROR', 'odd'),
    body: fc.record({ stringValue: fc.string() }),
    attributes: fc.array(fc.record({ key: fc.string(), value: fc.record({ doubleValue: fc.double() }) }), {
      maxLength: 3,
    }),
    logRecords: fc.array(fc.constantFrom(1, { resourceLogs: [] }), { maxLength: 2 }),
  },
  { requiredKeys: ['body'] },
);
const lists = (of: fc.Arbitrary<unknown>, name: string) =>
  fc
    .tuple(beside, fc.array(of, { maxLength: 4 }), fc.boolean())
    .map(([rest, list, first]) => (first ? { [name]: list, ...rest } : { ...rest, [name]: list }));
const request = lists(lists(lists(logRecord, 'logRecords'), 'scopeLogs'), 'resourceLogs');

type Level = Record<string, unknown>;

/** Each record's own request, by plain JavaScript. */
function oneByOne(input: Level): Level[] {
  return (input['resourceLogs'] as Level[]).flatMap((resource) =>
    (resource['scopeLogs'] as Level[]).flatMap((scope) =>
      (scope['logRecords'] as unknown[]).map((record) => {
        const scopeLogs = [{ ...scope, logRecords: [record] }];
        return { ...input, resourceLogs: [{ ...resource, scopeLogs }] };
      }),
    ),
  );
}

describe('a message with several log records', () => {
  test('each becomes what it would be in a message of its own, with all that stands around it', () => {
    fc.assert(
      fc.property(request, fc.constantFrom(undefined, 2), (input, indent) => {
        const alone = oneByOne(input);
        fc.pre(alone.length > 1);
        const texts = splitRequest(JSON.stringify(input, null, indent), alone.length) as string[];
        expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual(
          alone.map((one) => JSON.parse(JSON.stringify(one)) as unknown),
        );
        const parts = partsOf(decode(JSON.stringify(input, null, indent)));
        expect(parts).toEqual(alone.map((one) => decode(JSON.stringify(one, null, indent))));
      }),
      { numRuns: 300 },
    );
  });

  test('resource and scope go to each, and so do the headers of the message', () => {
    const headers = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
    const parts = partsOf(decode(exportRequest([otlpRecord('a'), otlpRecord('b', 'ERROR')]), headers));
    expect(parts).toMatchObject([
      { record: { service: 'shop', message: 'a', level: 'info', log: { logger: 'cart' } } },
      { record: { service: 'shop', message: 'b', level: 'error', trace: { id: headers.traceparent.slice(3, 35) } } },
    ]);
  });

  test('one that is refused leaves the others be', () => {
    const parts = partsOf(decode(exportRequest([otlpRecord('a'), badRecord(), null, 7, otlpRecord('b')])));
    const seen = parts.map((one) => (one.kind === 'rejected' ? one.rejection.code : one.kind));
    expect(seen).toEqual(['record', 'too_deep', 'invalid_field', 'invalid_field', 'record']);
  });

  test('a key that stands twice in one record, and a number that JavaScript would alter, are of that record alone', () => {
    const record = JSON.stringify(otlpRecord('a'));
    const twice = `${record.slice(0, -1)},"body":{"stringValue":"b"}}`;
    const exact = `${record.slice(0, -1)},"attributes":[{"key":"n","value":{"doubleValue":1e999}}]}`;
    const text = JSON.stringify(exportRequest(['@'])).replace('"@"', [twice, exact, record].join());
    const parts = partsOf(decode(text));
    expect(parts).toMatchObject([
      { kind: 'rejected', rejection: { code: 'duplicate_key' } },
      { kind: 'record', document: expect.stringContaining('1e999') as string },
      { kind: 'record' },
    ]);
  });

  test('beside a resource without records the only one is a single record', () => {
    const [resource] = (exportRequest([otlpRecord('a')]) as { resourceLogs: object[] }).resourceLogs;
    expect(decode({ resourceLogs: [{ scopeLogs: [] }, resource, {}] })).toMatchObject({
      kind: 'record',
      record: { message: 'a', service: 'shop' },
    });
  });

  test.each([
    ['a list that stands twice', '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{}],"logRecords":[{},{}]}]}]}'],
    ['also behind an escape', '{"resourceLogs":[{"scopeLogs":[{"logRecord\\u0073":[{},{}],"logRecords":[{},{}]}]}]}'],
  ])('%s: which one is meant nobody can tell', (_case, text) => {
    expect(rejectionOf(text)).toBe('duplicate_key logRecords');
  });

  test('what is no object on the way to the records: the message is refused', () => {
    const [resource] = (exportRequest([{}, {}]) as { resourceLogs: object[] }).resourceLogs;
    expect(rejectionOf({ resourceLogs: [resource, 5] })).toBe('invalid_field resourceLogs');
    expect(rejectionOf({ resourceLogs: [resource, { scopeLogs: 'x' }] })).toBe('invalid_field scopeLogs');
    expect(rejectionOf({ resourceLogs: [{ scopeLogs: [] }, {}] })).toBe('invalid_field resourceLogs');
  });

  test('100,000 records: refused as a whole, with the number; as many as are taken are not', () => {
    const many = (count: number) => exportRequest(Array.from({ length: count }, () => ({})));
    expect(rejectionOf(many(100_000))).toBe('several_records resourceLogs');
    expect(partsOf(decode(many(MAX_PARTS)))).toHaveLength(MAX_PARTS);
    expect(rejectionOf(many(MAX_PARTS + 1))).toBe('several_records resourceLogs');
  });

  test('large surroundings of many records: refused before they are copied', () => {
    const records = Array.from({ length: 100 }, () => ({ body: { stringValue: 'x' } }));
    const input = { ...exportRequest(records), note: 'n'.repeat(MAX_SPLIT_LENGTH / 100) };
    expect(rejectionOf(input)).toBe('too_large resourceLogs');
  });

  test('endless nesting beside the records: each is refused for it, and nothing overflows', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const text = JSON.stringify({ ...exportRequest([{}, {}]), deep: '@' }).replace('"@"', deep);
    expect(partsOf(decode(text))).toMatchObject([
      { rejection: { code: 'too_deep' } },
      { rejection: { code: 'too_deep' } },
    ]);
  });
});

test('what is no request, and one with a single record, is not split', () => {
  expect(countToSplit({ body: {} })).toBe(0);
  expect(countToSplit(exportRequest([{}]) as Record<string, unknown>)).toBe(0);
  expect(countToSplit({ resourceLogs: 7 })).toBe(0);
  expect(countToSplit(exportRequest([1, 2]) as Record<string, unknown>)).toBe(2);
});
