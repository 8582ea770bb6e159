import { randomUUID } from 'node:crypto';
import xxhash from 'xxhash-wasm';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { letterIndexPatterns } from '../../src/domain/dead-letter';
import type { LetterDocument } from '../../src/elasticsearch/dead-letter-document';
import { createLetterIndex } from '../../src/elasticsearch/dead-letter-index';
import { createRefreshPace } from '../../src/elasticsearch/refresh-pace';
import { createRecordIndex } from '../../src/elasticsearch/record-index';
import { createIndexRetention } from '../../src/elasticsearch/retention';
import { prepareIndices } from '../../src/elasticsearch/setup';
import { createBatchReader } from '../../src/kafka/batch-reader';
import { createDeadLetterSink } from '../../src/kafka/dead-letters';
import { createOffsetMirror } from '../../src/kafka/offset-mirror';
import { createOffsetReader } from '../../src/kafka/offsets';
import { describeBatchSource } from '../ports/batch-source';
import { describeDeadLetters, describeIndexRetention, describeProgressMirror } from '../ports/keepers';
import { describeLetterIndex } from '../ports/letter-index';
import { describeRecordIndex } from '../ports/record-index';
import { fakeHash } from '../support/bulk';
import { deleteIndices } from '../support/delete-indices';
import { silent, TestTopic } from '../support/kafka-topic';
import { asItCame } from '../support/redaction';
import { waitFor } from '../support/wait-for';

const url = process.env['SLUICE_TEST_ELASTICSEARCH_URL']!;
const never = new AbortController().signal;

describeBatchSource('the real Kafka', async () => {
  const topic = await new TestTopic().open();
  const offsets = createOffsetReader(topic.kafka);
  const source = createBatchReader(
    topic.kafka,
    offsets,
    { topic: topic.name, groupId: topic.name, readAheadBytes: 1024 * 1024 },
    silent,
  );
  return {
    source,
    append: (...values) => topic.write(values.map((value) => ({ value }))),
    deleteBefore: (offset) => topic.deleteBefore(offset),
    close: async () => {
      await Promise.all([source.close(), offsets.close()]);
      await topic.close();
    },
  };
});

describeRecordIndex('the real Elasticsearch', async () => {
  const prefix = `t-${randomUUID().slice(0, 8)}`;
  const client = createElasticsearch({ url, requestTimeoutMs: 20_000 });
  await prepareIndices(client, { indexPrefix: prefix, shards: 1, replicas: 0, refreshIntervalMs: 1000 });
  const hasher = await xxhash();
  const hash = (value: Buffer) => hasher.h64Raw(value).toString(16).padStart(16, '0');
  return {
    index: createRecordIndex(client, { indexPrefix: prefix, hash, now: () => new Date().toISOString() }),
    find: async (index, id) => {
      const found = await client.get<{ message: unknown }>({ index, id }, { ignore: [404] });
      return found.found ? { version: found._version!, message: found._source!.message } : undefined;
    },
    close: async () => {
      await deleteIndices(client, prefix);
      await client.close();
    },
  };
});

describeLetterIndex('the real Elasticsearch', async () => {
  const prefix = `t-${randomUUID().slice(0, 8)}`;
  const client = createElasticsearch({ url, requestTimeoutMs: 20_000 });
  await prepareIndices(client, { indexPrefix: prefix, shards: 1, replicas: 0, refreshIntervalMs: 1000 });
  const all = { index: letterIndexPatterns(prefix), ignore_unavailable: true };
  const refresh = async () => void (await client.indices.refresh(all));
  const look = async (id: string) => {
    await refresh();
    const { hits } = await client.search<LetterDocument>({ ...all, query: { ids: { values: [id] } } });
    return hits.hits[0];
  };
  return {
    letters: createLetterIndex(client, {
      indexPrefix: prefix,
      hash: fakeHash,
      now: () => new Date().toISOString(),
      redact: asItCame,
    }),
    stored: async (id) => (await look(id))?._source,
    change: async (id, doc) => void (await client.update({ index: (await look(id))!._index, id, doc })),
    refresh,
    close: async () => {
      await deleteIndices(client, prefix);
      await client.close();
    },
  };
});

describeDeadLetters('the real Kafka', async () => {
  const topic = await new TestTopic().open();
  const letters = createDeadLetterSink(topic.kafka, topic.name, asItCame);
  const offsets = createOffsetReader(topic.kafka);
  const reader = createBatchReader(
    topic.kafka,
    offsets,
    { topic: topic.name, groupId: topic.name, readAheadBytes: 1024 * 1024 },
    silent,
  );
  return {
    letters,
    read: async (expected) => {
      const { records } = await reader.read(0, 0, expected, never);
      return records.map(({ key, value, headers }) => ({
        id: String(key),
        value: value && String(value),
        code: String(headers!['sluice.reason']),
      }));
    },
    close: async () => {
      await Promise.all([letters.close(), reader.close(), offsets.close()]);
      await topic.close();
    },
  };
});

describeProgressMirror('the real Kafka', async () => {
  const topic = await new TestTopic().open(2);
  const mirror = createOffsetMirror(topic.kafka, { groupId: topic.name, topic: topic.name }, silent);
  const offsets = createOffsetReader(topic.kafka);
  return {
    mirror,
    committed: async (partition) => (await offsets.committed(topic.name, topic.name)).get(partition),
    close: async () => {
      await Promise.all([mirror.close(), offsets.close()]);
      await topic.close();
    },
  };
});

describe('the offset reader on the real Kafka', () => {
  test('finds the first record of a time or later, and the end where there is none', async () => {
    const topic = await new TestTopic().open();
    const offsets = createOffsetReader(topic.kafka);
    const start = Date.now() - 1000;
    await topic.write([{ value: 'a' }, { value: 'b' }]);
    expect(await offsets.offsetsAt(topic.name, start)).toEqual(new Map([[0, 0]]));
    expect(await offsets.offsetsAt(topic.name, Date.now() + 60_000)).toEqual(new Map([[0, 2]]));
    await offsets.close();
    await topic.close();
  });
});

describeIndexRetention('the real Elasticsearch', async () => {
  const prefix = `t-${randomUUID().slice(0, 8)}`;
  const client = createElasticsearch({ url, requestTimeoutMs: 20_000 });
  return {
    retention: createIndexRetention(client, prefix, 'logs'),
    create: async (suffixes) => {
      for (const suffix of suffixes) await client.indices.create({ index: `${prefix}-${suffix}` });
    },
    left: async () =>
      Object.keys(await client.indices.get({ index: `${prefix}-*` })).map((name) => name.slice(prefix.length + 1)),
    close: async () => {
      await deleteIndices(client, prefix);
      await client.close();
    },
  };
});

test('an index of the real Elasticsearch is refreshed less often while a backlog is written, and as before at the end', async () => {
  const indexPrefix = `t-${randomUUID().slice(0, 8)}`;
  const client = createElasticsearch({ url, requestTimeoutMs: 20_000 });
  const settings = { indexPrefix, shards: 1, replicas: 0, refreshIntervalMs: 1000, backlogRefreshIntervalMs: 5000 };
  const index = `${indexPrefix}-2026.11.24`;
  const interval = async () => {
    const found = await client.indices.getSettings({ index, name: 'index.refresh_interval', flat_settings: true });
    return (found[index]!.settings as Record<string, unknown>)['index.refresh_interval'];
  };
  await prepareIndices(client, settings);
  const [killed, next] = [1, 2].map(() => createRefreshPace(client, settings, silent));
  killed!.relax(index);
  await waitFor(async () => (await interval().catch(() => '')) === '5000ms');
  // Made by us, and from the template all the same.
  expect(await client.indices.getMapping({ index })).toMatchObject({ [index]: { mappings: { dynamic: 'false' } } });
  await next!.restore();
  expect(await interval()).toBe('1000ms');
  next!.relax(index);
  await next!.close();
  expect(await interval()).toBe('1000ms');
  await killed!.close();
  await deleteIndices(client, indexPrefix);
  await client.close();
}, 60_000);
