import { randomUUID } from 'node:crypto';
import type { BulkOutcome, BulkPart } from '../../../src/activities/ports';
import { createElasticsearch } from '../../../src/elasticsearch/client';
import { createRecordIndex } from '../../../src/elasticsearch/record-index';
import { prepareIndices } from '../../../src/elasticsearch/setup';
import { decodeByParsing, MAX_DEPTH } from '../../../src/kafka/decode-record';
import { scoreRecord } from '../../../src/scoring/score-record';
import { buildParts, fakeHash } from '../../support/bulk';
import { deleteIndices } from '../../support/delete-indices';
import { batchRef, kafkaRecord, PLAIN_LOG, RULES } from '../../support/records';

const never = new AbortController().signal;
const client = createElasticsearch({ url: process.env['SLUICE_TEST_ELASTICSEARCH_URL']!, requestTimeoutMs: 20_000 });
const prefix = `t-${randomUUID().slice(0, 8)}`;
const settings = { indexPrefix: prefix, hash: fakeHash, now: () => '2026-11-24T12:00:00.000Z' };
const index = createRecordIndex(client, settings);

const build = (logs: unknown[], day = 0): BulkPart => {
  const records = logs.map((log, offset) => kafkaRecord(log, { offset, timestamp: Date.UTC(2026, 10, 24 + day, 12) }));
  return buildParts(batchRef(0, logs.length), 1, records, settings)[0]!;
};
const write = (part: BulkPart): Promise<BulkOutcome> =>
  index.write(part, batchRef(0, part.offsets.length), 1, undefined, never);
/** Attributes as no decoded record has them: decoding refuses what the mapping would. */
function buildUnchecked(attributes: Record<string, unknown>[]): BulkPart {
  const builder = index.builder(batchRef(0, attributes.length), 1);
  const timestamp = Date.UTC(2026, 10, 24 + (nextDay += 1), 12);
  attributes.forEach((some, offset) => {
    const source = kafkaRecord(PLAIN_LOG, { offset, timestamp });
    const decoded = decodeByParsing(source);
    if (decoded.kind !== 'record') throw new Error('not a valid record');
    const record = { ...decoded.record, attributes: some };
    builder.add(source, { record, verbatim: false }, scoreRecord(record, RULES));
  });
  return builder.finish()[0]!;
}

let nextDay = 0;
/** Writes logs to an index of their own. */
const writeFresh = (logs: unknown[]) => write(build(logs, (nextDay += 1)));

beforeAll(
  () => prepareIndices(client, { indexPrefix: prefix, shards: 1, replicas: 0, refreshIntervalMs: 1000 }),
  30_000,
);
afterAll(async () => {
  await deleteIndices(client, prefix);
  await client.close();
}, 30_000);

describe('record index on the real Elasticsearch: whatever decodes is indexed', () => {
  test.each<[string, Record<string, unknown>]>([
    ['every field at its usual', { status_code: 200, response_time_ms: 1.5, tags: ['a'], user_id: 'u', path: '/x' }],
    ['the earliest time', { timestamp: '0001-01-01T00:00:00.000Z' }],
    ['the latest time', { timestamp: '9999-12-31T23:59:59.999Z' }],
    ['a message of 900 KB without a blank', { message: 'x'.repeat(900_000) }],
    ['keywords far above Lucene’s term limit', { path: 'ü'.repeat(40_000), request_id: 'x'.repeat(40_000) }],
    ['100,000 tags', { tags: Array.from({ length: 100_000 }, (_, i) => String(i)) }],
    ['a lone surrogate in a text', { message: '\ud800' }],
    ['a lone surrogate in a keyword', { path: 'a\udfff', tags: ['\ud83d'] }],
    ['a lone surrogate in an attribute', { extra: '\ud800', '\udc00': 1 }],
    ['a zero byte in every text', { message: 'a\0b', path: '\0', tags: ['\0'] }],
    ['a zero byte in an attribute’s value', { extra: 'a\0b' }],
    ['the longest response time', { response_time_ms: Number.MAX_VALUE }],
    ['the shortest response time', { response_time_ms: Number.MIN_VALUE }],
    [
      'attributes as deep as allowed',
      { deep: JSON.parse('{"a":'.repeat(MAX_DEPTH - 2) + '1' + '}'.repeat(MAX_DEPTH - 2)) },
    ],
    ['attributes with a dot, blanks and nothing for a name', { 'a.b': 1, ' ': 2, '': 3, a: { b: 4 }, '.': 5, '..': 6 }],
    ['attributes of one name and different types', { x: [1, 'a', { b: [null, true] }, []] }],
    [
      'attributes named like ours',
      { anomaly: 'x', kafka: 1, epoch: 'y', record_hash: {}, '@timestamp': 'z', _id: 'i' },
    ],
    ['a huge number in an attribute', { big: 1e300, small: -1e-300 }],
    ['prototype names', JSON.parse('{"__proto__":{"a":1},"constructor":"x"}') as Record<string, unknown>],
  ])(
    '%s',
    async (_case, fields) => {
      const outcome = await writeFresh([{ ...PLAIN_LOG, ...fields }]);
      expect(outcome).toEqual({ indexed: [0], duplicate: [], rejected: [], unsettled: [] });
    },
    30_000,
  );
});

describe('record index on the real Elasticsearch: what the mapping refuses', () => {
  test.each<[string, Record<string, unknown>]>([
    ['a zero byte in an attribute’s name', { 'a\0b': 1 }],
    ['an attribute’s name above Lucene’s term limit', { ['k'.repeat(40_000)]: 1 }],
  ])(
    '%s: rejected with the server’s words, and the record beside it is indexed',
    async (_case, fields) => {
      const outcome = await write(buildUnchecked([{}, fields]));
      expect(outcome).toMatchObject({ indexed: [0], duplicate: [], unsettled: [] });
      expect(outcome.rejected).toEqual([
        { item: 1, type: expect.stringMatching(/_exception$/), detail: expect.stringMatching(/./) },
      ]);
    },
    30_000,
  );
});

describe('record index on the real Elasticsearch: what is not the record’s fault', () => {
  test('a closed index: index_blocked, and it goes on when the index is open again', async () => {
    const part = build([PLAIN_LOG], 100);
    await client.indices.create({ index: part.index });
    await client.indices.close({ index: part.index });
    expect(await write(part)).toMatchObject({ indexed: [], unsettled: [0], failure: { code: 'index_blocked' } });
    await client.indices.open({ index: part.index });
    expect(await write(part)).toMatchObject({ indexed: [0] });
  }, 30_000);

  test.each(['read_only', 'read_only_allow_delete', 'write'])(
    'the block %s: index_blocked',
    async (block) => {
      const part = build([PLAIN_LOG], 101);
      await client.indices.create({ index: part.index });
      try {
        await client.indices.putSettings({ index: part.index, settings: { index: { blocks: { [block]: true } } } });
        expect(await write(part)).toMatchObject({ indexed: [], unsettled: [0], failure: { code: 'index_blocked' } });
      } finally {
        await client.indices.putSettings({ index: part.index, settings: { index: { blocks: { [block]: null } } } });
        await client.indices.delete({ index: part.index });
      }
    },
    30_000,
  );

  test('no shard left for a new index: the record waits, and an index that exists goes on', async () => {
    await writeFresh([PLAIN_LOG]);
    const existing = build([PLAIN_LOG], nextDay);
    const shards = (value: number | null) =>
      client.cluster.putSettings({ persistent: { 'cluster.max_shards_per_node': value } });
    await shards(1);
    try {
      const outcome = await writeFresh([PLAIN_LOG]);
      expect(outcome).toMatchObject({ indexed: [], rejected: [], unsettled: [0], failure: { code: 'index_blocked' } });
      expect(await write(existing)).toMatchObject({ duplicate: [0] });
    } finally {
      await shards(null);
    }
  }, 30_000);

  test('a document under the id that is not ours, without a hash: foreign_document', async () => {
    const part = build([PLAIN_LOG], 102);
    const id = '01-0000-0000000000000000';
    await client.index({
      index: part.index,
      id,
      version: 9,
      version_type: 'external',
      document: { message: 'theirs' },
    });
    await expect(write(part)).rejects.toMatchObject({ code: 'foreign_document' });
  }, 30_000);
});

describe('index template on the real Elasticsearch', () => {
  test('puts our mapping on day indices and the old one, is safe to repeat, and leaves other prefixes alone', async () => {
    await prepareIndices(client, { indexPrefix: prefix, shards: 1, replicas: 0, refreshIntervalMs: 1000 });
    const names = [`${prefix}-2026.12.31`, `${prefix}-old`, `${prefix}-eu-2026.12.31`];
    for (const name of names) await client.indices.create({ index: name });
    const mappings = await client.indices.getMapping({ index: names });
    expect(names.map((name) => mappings[name]!.mappings.properties?.['attributes']?.type)).toEqual([
      'flattened',
      'flattened',
      undefined,
    ]);
  }, 30_000);
});
