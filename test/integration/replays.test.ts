import { MockActivityEnvironment } from '@temporalio/testing';
import { createExpireIndices } from '../../src/activities/expire-indices';
import { letterIndexPrefix } from '../../src/domain/dead-letter';
import { createExpiryLog } from '../../src/elasticsearch/expiry-log';
import { createReplayStore } from '../../src/elasticsearch/replay-store';
import { createIndexRetention } from '../../src/elasticsearch/retention';
import { loadConfig } from '../../src/config';
import { createTemporalReplays } from '../../src/api/replays/temporal-replays';
import { createTemporalAudits } from '../../src/api/pipeline/temporal-audits';
import { documentId } from '../../src/domain/ids';
import { replayWorkflowId } from '../../src/domain/replay';
import type { ReplayView } from '../../src/api/schemas/replays';
import { client } from '../api/fakes';
import { generatedMessages } from '../support/log-records';
import { TestPipeline } from '../support/pipeline';
import { waitFor } from '../support/wait-for';

jest.setTimeout(240_000);

describe('replays on the real servers', () => {
  const pipeline = new TestPipeline();
  const GOOD = 6000;
  const BAD = 10;
  const TOTAL = GOOD + BAD;
  let between = 0;

  beforeAll(async () => {
    await pipeline.createTopic(2);
    const good = generatedMessages(GOOD, 1).map((one, i) => ({ ...one, partition: i % 2 }));
    const bad = Array.from({ length: BAD }, (_, i) => ({ value: `canary-not-json ${i}`, partition: i % 2 }));
    await pipeline.produce([...bad, ...good.slice(0, GOOD / 2)]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    between = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await pipeline.produce(good.slice(GOOD / 2));
    pipeline.startWorker();
    await pipeline.settled(TOTAL, 2, 120_000);
  });
  afterAll(() => pipeline.close());

  const config = loadConfig(pipeline.env);
  const app = client({
    replays: {
      store: createReplayStore(pipeline.elasticsearch, config.elasticsearch),
      workflows: createTemporalReplays(pipeline.temporal, pipeline.topic),
    },
    audits: createTemporalAudits(pipeline.temporal, pipeline.topic),
    settings: {
      ...{ topic: pipeline.topic, groupId: pipeline.topic, partitions: 2 },
      ...{ namespace: 'default', uiUrl: 'http://127.0.0.1', corsOrigins: [] },
    },
    now: Date.now,
  });

  const show = async (id: string) => (await app.get(`/replays/${id}`).expect(200)).body as ReplayView;
  const reaches = (id: string, status: ReplayView['status']) =>
    waitFor(async () => {
      const view = await show(id);
      if (view.status === 'failed' && status !== 'failed') throw new Error(JSON.stringify(view.failing));
      return view.status === status && view;
    }, 90_000);
  const order = async (wanted: object) => (await app.post('/replays').send(wanted).expect(202)).body.id as string;
  const run = async (wanted: object) => reaches(await order(wanted), 'done');

  /** Version and sequence number of every document, by id. */
  async function marks(): Promise<Map<string, { version: number; seqNo: number; index: string }>> {
    const index = `${pipeline.topic}-2*`;
    await pipeline.elasticsearch.indices.refresh({ index });
    const { hits } = await pipeline.elasticsearch.search({
      ...{ index, size: 10_000, version: true, seq_no_primary_term: true, _source: false },
    });
    return new Map(
      hits.hits.map(({ _id, _index, _version, _seq_no }) => [
        _id!,
        { version: _version!, seqNo: _seq_no!, index: _index },
      ]),
    );
  }

  async function deleteDocuments(ids: string[]): Promise<void> {
    // Elasticsearch remembers a deleted version for a minute, and refuses the same one again until then.
    await pipeline.elasticsearch.indices.putSettings({
      index: `${pipeline.topic}-2*`,
      settings: { gc_deletes: '0ms' },
    });
    const known = await marks();
    const operations = ids.map((_id) => ({ delete: { _index: known.get(_id)!.index, _id } }));
    await pipeline.elasticsearch.bulk({ operations, refresh: true });
    await pipeline.elasticsearch.indices.refresh({ index: `${pipeline.topic}-2*` });
  }

  const auditVerdict = async () => (await audit()).verdict;

  async function audit(): Promise<{ verdict: string; counts: Record<string, number> }> {
    const { body } = await app.post('/pipeline/audit').send({}).expect(202);
    return waitFor(async () => {
      const { body: view } = await app.get(body.url).expect(200);
      return view.status === 'done' && view.result;
    }, 60_000);
  }

  test('a dry run counts, and a repair writes what is missing and nothing else', async () => {
    const before = await marks();
    const lost = [...before.keys()].filter((_id, n) => n % 100 === 0);
    await deleteDocuments(lost);
    const { body: letters } = await pipelineLetters();
    const [letter] = letters.hits.hits;
    await pipeline.elasticsearch.delete({ index: letter!._index, id: letter!._id!, refresh: true });

    const counted = await run({ mode: 'repair', dry_run: true });
    expect(counted.findings).toEqual({
      ...{ offsets: TOTAL, documents: GOOD - lost.length, dead_letters: BAD - 1 },
      ...{ missing: lost.length + 1, expired: 0, gone: 0, beyond: 0 },
    });
    expect((await marks()).size).toBe(GOOD - lost.length);

    const ledger = await pipeline.ledger(2);
    const repaired = await run({ mode: 'repair', request_id: 'once' });
    expect(repaired.progress).toMatchObject({
      ...{ percent: 100, done: TOTAL },
      counts: { written: lost.length, present: GOOD - lost.length, dead_lettered: BAD },
    });
    const after = await marks();
    expect(after.size).toBe(GOOD);
    const untouched = [...before].filter(([id]) => !lost.includes(id));
    expect(untouched.every(([id, { seqNo, version }]) => after.get(id)!.seqNo === seqNo && version === 1)).toBe(true);
    expect(await order({ mode: 'repair', request_id: 'once' })).toBe(repaired.id);
    expect((await pipelineLetters()).body.hits.hits).toHaveLength(BAD);
    expect(await pipeline.ledger(2)).toEqual(ledger);
    expect(await auditVerdict()).toBe('clean');
    // Nothing of a log travels through Temporal.
    const history = await pipeline.temporal.workflow
      .getHandle(replayWorkflowId(pipeline.topic, repaired.id))
      .fetchHistory();
    const text = JSON.stringify(history, (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString() : value,
    );
    expect(text).toContain('replayChunk');
    expect(text).not.toContain('canary');
    const [one] = await pipeline.allDocuments();
    expect(text).not.toContain(one!.source['message']);
  });

  test('a time range is resolved by Kafka’s index; offsets and partitions narrow it', async () => {
    const from_time = new Date(between).toISOString();
    const late = await run({ mode: 'repair', dry_run: true, from_time });
    const early = await run({ mode: 'repair', dry_run: true, to_time: from_time });
    expect(late.findings!.offsets).toBe(GOOD / 2);
    expect(early.findings!.offsets).toBe(TOTAL - GOOD / 2);
    const some = await run({ mode: 'repair', dry_run: true, partitions: [1], from: '10', to: '25' });
    expect(some.findings!.offsets).toBe(15);
    const beyond = await run({ mode: 'repair', dry_run: true, partitions: [1], from: '3000', to: '9000' });
    expect(beyond.findings).toMatchObject({ offsets: TOTAL / 2 - 3000, beyond: 0 });
  });

  test('a shadow says what other rules would change', async () => {
    const before = await marks();
    const { shadow, progress } = await run({ mode: 'shadow', rules: { anomaly_threshold: 1, warn: 90 } });
    expect(shadow).toMatchObject({ compared: GOOD, lost: 0 });
    expect(shadow!.gained).toBeGreaterThan(0);
    expect(shadow!.examples.length).toBeGreaterThan(0);
    expect(progress.counts).toMatchObject({ written: 0, present: GOOD, dead_lettered: BAD });
    expect(await marks()).toEqual(before);
  });

  test('paused, killed and resumed: a rescore under other rules gives each document the new epoch once', async () => {
    const [old] = pipeline.runningWorkers();
    await pipeline.killWorker(old!);
    const worker = pipeline.startWorker({ SCORE_WARN: '33' });
    await waitFor(async () => (await pipeline.supervisorState()).epoch.number === 2, 60_000);
    const id = await order({ mode: 'rescore', records_per_second: 600 });
    await waitFor(async () => (await show(id)).progress.done > 0, 60_000);
    await app.post(`/replays/${id}/pause`).send({ reason: 'test' }).expect(200);
    await reaches(id, 'paused');
    await app.post(`/replays/${id}/resume`).send({}).expect(200);
    await waitFor(
      async () => (await marks()).get(documentId({ generation: 1, partition: 0, offset: 2000 }))?.version === 2,
    );
    await pipeline.killWorker(worker);
    pipeline.startWorker({ SCORE_WARN: '33' });
    const { progress } = await reaches(id, 'done');
    expect(progress).toMatchObject({ done: TOTAL, epochs: [2] });
    expect([...(await marks()).values()].every(({ version }) => version === 2)).toBe(true);
    expect(await auditVerdict()).toBe('clean');
  });

  test.each(['by REST', 'by Temporal itself'])(
    'cancelled %s and continued: no range twice, none left out',
    async (how) => {
      const id = await order({ mode: 'repair', records_per_second: 600 });
      const handle = pipeline.temporal.workflow.getHandle(replayWorkflowId(pipeline.topic, id));
      await waitFor(
        async () =>
          (await show(id)).status === 'running' && (await handle.describe()).raw.pendingActivities!.length === 2,
      );
      await new Promise((resolve) => setTimeout(resolve, 1500));
      if (how === 'by REST') await app.post(`/replays/${id}/cancel`).send({}).expect(200);
      else await handle.cancel();
      const cancelled = await reaches(id, 'cancelled');
      expect(cancelled.progress.done).toBeGreaterThan(0);
      expect(cancelled.progress.done).toBeLessThan(TOTAL);
      await app.post(`/replays/${id}/resume`).send({}).expect(200);
      const { progress } = await reaches(id, 'done');
      expect(progress).toMatchObject({ done: TOTAL, counts: { written: 0, present: GOOD, dead_lettered: BAD } });
    },
  );

  test('deleted for its age under a shorter retention than now: expired for replay and audit, and not written anew', async () => {
    const { topic, elasticsearch } = pipeline;
    const expire = createExpireIndices({
      ...{ topic, retentionDays: 1, letterRetentionDays: 1, now: () => Date.now() + 3 * 86_400_000 },
      retention: createIndexRetention(elasticsearch, topic, 'logs'),
      letterRetention: createIndexRetention(elasticsearch, letterIndexPrefix(topic), 'dead_letters'),
      expiryLog: createExpiryLog(elasticsearch, { indexPrefix: topic }),
      templateDrift: async () => [],
      exportFolder: { expire: async () => 0 },
      logger: pipeline.logger,
    });
    await new MockActivityEnvironment().run(() => expire());
    const repaired = await run({ mode: 'repair' });
    expect(repaired.findings).toMatchObject({ offsets: TOTAL, documents: 0, expired: TOTAL, missing: 0 });
    expect(repaired.progress.counts).toMatchObject({ expired: TOTAL, written: 0, dead_lettered: 0 });
    const days = await elasticsearch.indices.get({ index: [`${topic}-2*`, `dead-letters-${topic}-2*`] });
    expect(Object.keys(days)).toEqual([]);
    const { verdict, counts } = await audit();
    expect({ verdict, counts }).toMatchObject({ verdict: 'clean', counts: { expired: TOTAL, missing: 0 } });
  });

  const pipelineLetters = async () => {
    const index = `dead-letters-${pipeline.topic}-2*`;
    await pipeline.elasticsearch.indices.refresh({ index });
    return { body: await pipeline.elasticsearch.search({ index, size: 100, _source: false }) };
  };
});
