import xxhash from 'xxhash-wasm';
import { createDecodeApart } from '../../src/api/dead-letters/decode-apart';
import { openDeadLetterDesk } from '../../src/api/dead-letters/open-desk';
import { loadConfig } from '../../src/config';
import { documentId } from '../../src/domain/ids';
import type { KafkaRecord } from '../../src/domain/record';
import { createLetterAccount } from '../../src/elasticsearch/dead-letter-account';
import { createLetterIndex } from '../../src/elasticsearch/dead-letter-index';
import { createBatchReader } from '../../src/kafka/batch-reader';
import { decodeRecord } from '../../src/kafka/decode-record';
import { createOffsetMirror } from '../../src/kafka/offset-mirror';
import { createOffsetReader } from '../../src/kafka/offsets';
import { partitionWorkflowId } from '../../src/workflows/contract';
import { client } from '../api/fakes';
import { generatedMessages } from '../support/log-records';
import { TestPipeline } from '../support/pipeline';
import { asItCame, DEFAULT_REDACTION } from '../support/redaction';
import { waitFor } from '../support/wait-for';

jest.setTimeout(240_000);

describe('dead letters on the real servers', () => {
  const pipeline = new TestPipeline();
  const account = createLetterAccount(pipeline.elasticsearch, { indexPrefix: pipeline.topic });
  const letterIndex = createLetterIndex(pipeline.elasticsearch, {
    indexPrefix: pipeline.topic,
    hash: (value) => hasher.h64Raw(value).toString(16).padStart(16, '0'),
    now: () => new Date().toISOString(),
    redact: asItCame,
  });
  let hasher: Awaited<ReturnType<typeof xxhash>>;
  const GOOD = 2000;
  const BAD = 20;

  beforeAll(async () => {
    hasher = await xxhash();
    await pipeline.createTopic(2);
    const good = generatedMessages(GOOD, 1).map((one, i) => ({ ...one, partition: i % 2 }));
    const bad = Array.from({ length: BAD }, (_, i) => ({ value: `not json ${i}`, partition: i % 2 }));
    await pipeline.produce([...good.slice(0, 100), ...bad, ...good.slice(100)]);
  });
  afterAll(() => pipeline.close());

  test('before any letter: counts of nothing', async () => {
    expect(await account.countByState({ generation: 1, partition: 0 })).toEqual({
      ...{ open: 0, redriving: 0, redriven: 0, resolved: 0 },
    });
    expect(await account.list({ generation: 1, partition: 0 })).toEqual([]);
    expect((await account.countByPartition(1)).size).toBe(0);
  });

  test('each refused record is one open letter, and no document', async () => {
    pipeline.startWorker();
    expect(await pipeline.settled(GOOD + BAD, 2, 120_000)).toMatchObject({ indexed: GOOD, deadLettered: BAD });
    expect(await account.countByState({ generation: 1, partition: 0 })).toMatchObject({ open: BAD / 2, redriven: 0 });
    const counts = await account.countByPartition(1);
    expect([...counts.values()].map(({ open }) => open)).toEqual([BAD / 2, BAD / 2]);
    const letters = await account.list({ generation: 1, partition: 0 });
    expect(letters).toHaveLength(BAD / 2);
    const [first, second] = letters;
    expect(await account.list({ generation: 1, partition: 0, from: second!.offset }, 1)).toEqual([second]);
    expect(await account.countByState({ generation: 1, partition: 0, to: first!.offset })).toMatchObject({ open: 0 });
    const documents = new Set((await pipeline.allDocuments()).map(({ id }) => id));
    const ids = letters.map(({ offset }) => documentId({ generation: 1, partition: 0, offset }));
    expect(ids.filter((id) => documents.has(id))).toEqual([]);
    await waitFor(async () => documents.size === GOOD);
  });

  test('an edited body: the document has the record’s place and the mark, and the letter is redriven', async () => {
    const { body: page } = await app().get('/pipeline/dead-letters?state=open&size=1').expect(200);
    expect(page.total.value).toBe(BAD);
    const { id } = page.letters[0];
    const edited = { service: 'auth', level: 'info', message: 'mended by hand' };
    const { body } = await app().post(`/pipeline/dead-letters/${id}/redrive`).send({ body: edited }).expect(202);
    expect(await ended(body.operation)).toMatchObject({ state: 'done', redriven: 1, rejected: 0 });
    const { body: letter } = await app().get(`/pipeline/dead-letters/${id}`).expect(200);
    expect(letter).toMatchObject({ state: 'redriven', edited: true, body: { encoding: 'utf8' } });
    expect(letter.body.content).toMatch(/^not json/);
    const document = (await pipeline.allDocuments()).find((one) => one.id === id)!;
    expect(document.source).toMatchObject({ ...edited, edited: true });
    const history = await pipeline.temporal.workflow.getHandle(`redrive/${body.operation}`).fetchHistory();
    const text = JSON.stringify(history, (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString() : value,
    );
    expect(text).toContain(body.operation);
    expect(text).not.toMatch(/mended|not json/);
  });

  test('two redrives of everything at once, the worker killed in between: each record is written once', async () => {
    const before = await pipeline.allDocuments();
    const records = await readTopic();
    // As if the mapping had refused all of them.
    for (const index of Object.keys(await pipeline.elasticsearch.indices.get({ index: `${pipeline.topic}-*` }))) {
      await pipeline.elasticsearch.indices.delete({ index });
    }
    const rejection = { code: 'mapping_rejected', field: '', detail: 'refused' } as const;
    const good = records.filter(({ record }) => decodeRecord(record).kind === 'record');
    await letterIndex.create(
      good.map((one) => ({ ...one, topic: pipeline.topic, generation: 1, epoch: 1, rejection })),
    );
    const preview = await app().post('/pipeline/dead-letters/redrive').send({ all: true, dry_run: true }).expect(200);
    expect(preview.body).toMatchObject({ selected: GOOD + BAD - 1, examined: 200 });

    const orders = [0, 1].map(() => app().post('/pipeline/dead-letters/redrive').send({ all: true }).expect(202));
    const operations = (await Promise.all(orders)).map(({ body }) => body.operation as string);
    await waitFor(async () => (await account.countByState({ generation: 1, partition: 0 })).redriven > 100, 60_000);
    await pipeline.killWorker(pipeline.runningWorkers()[0]!);
    pipeline.startWorker();
    const ends = await Promise.all(operations.map(ended));
    expect(ends.map(({ state }) => state)).toEqual(['done', 'done']);

    const counts = [...(await account.countByPartition(1)).values()];
    expect(counts.reduce((sum, { redriven }) => sum + redriven, 0)).toBe(GOOD + 1);
    expect(counts.reduce((sum, { open }) => sum + open, 0)).toBe(BAD - 1);
    expect(counts.reduce((sum, { redriving }) => sum + redriving, 0)).toBe(0);
    // Everything but when it was written.
    const content = ({ id, source }: { id: string; source: Record<string, unknown> }) => [
      id,
      { ...source, ingested_at: '' },
    ];
    const isGood = ({ source }: { source: Record<string, unknown> }) => source['edited'] !== true;
    const after = await pipeline.allDocuments();
    expect(after.map(content)).toEqual(before.filter(isGood).map(content));
  });

  test('the pipeline meets the same range again: no letter and no document is made anew', async () => {
    const letters = await pipeline.elasticsearch.search({ index: `dead-letters-${pipeline.topic}-2*`, size: 10_000 });
    const handle = pipeline.temporal.workflow.getHandle(partitionWorkflowId(pipeline.topic, 0));
    const { ledger } = await pipeline.partitionState(0);
    const { runId } = await handle.describe();
    await resetGroup();
    await handle.terminate('test: the mirror is lost');
    const again = await waitFor(async () => {
      if ((await handle.describe()).runId === runId) return undefined;
      const state = await pipeline.partitionState(0);
      return state.ledger.next === ledger.next && state.ledger;
    }, 120_000);
    // What has a letter keeps its first fate, whatever its letter became.
    expect(Number(again.deadLettered)).toBe(Number(ledger.next));
    const found = await pipeline.elasticsearch.search({ index: `dead-letters-${pipeline.topic}-2*`, size: 10_000 });
    const marks = ({ hits }: typeof found) => hits.hits.map(({ _id, _seq_no }) => [_id, _seq_no]).sort();
    expect(marks(found)).toEqual(marks(letters));
    expect(await pipeline.countDocuments()).toBe(GOOD);
  });

  const app = () => {
    const config = loadConfig(pipeline.env);
    const deadLetters = {
      ...openDeadLetterDesk(config, DEFAULT_REDACTION, pipeline.elasticsearch, pipeline.temporal),
      // The sources are not compiled here.
      decodeApart: createDecodeApart({ execArgv: ['--require', 'tsx/cjs'] }),
    };
    const settings = { topic: pipeline.topic, groupId: pipeline.topic, partitions: 2 };
    const shown = { namespace: 'default', uiUrl: 'http://127.0.0.1', corsOrigins: [] };
    return client({ deadLetters, settings: { ...settings, ...shown }, now: Date.now });
  };
  const ended = (operation: string) =>
    waitFor(async () => {
      const { body } = await app().get(`/pipeline/redrives/${operation}`).expect(200);
      return body.state !== 'running' && (body as { state: string; redriven: number; rejected: number });
    }, 150_000);

  async function readTopic() {
    const offsets = createOffsetReader(pipeline.kafka);
    const settings = {
      topic: pipeline.topic,
      groupId: `${pipeline.topic}-test`,
      readAheadBytes: 8 * 1024 * 1024,
      readAheadTotalBytes: 64 * 1024 * 1024,
    };
    const reader = createBatchReader(pipeline.kafka, offsets, settings, pipeline.logger);
    try {
      const all: { partition: number; record: KafkaRecord }[] = [];
      for (const [partition, { high }] of await offsets.ends(pipeline.topic)) {
        const { records } = await reader.read(partition, 0, high, new AbortController().signal);
        all.push(...records.map((record) => ({ partition, record })));
      }
      return all;
    } finally {
      await Promise.all([reader.close(), offsets.close()]);
    }
  }

  /** As an operator's tool would: the commit of partition 0 says 0 and nothing else. */
  async function resetGroup() {
    const mirror = createOffsetMirror(
      pipeline.kafka,
      { groupId: pipeline.topic, topic: pipeline.topic },
      pipeline.logger,
    );
    try {
      await mirror.commit(0, '0', '');
    } finally {
      await mirror.close();
    }
  }
});
