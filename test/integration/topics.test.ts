import { epochIndex, type EpochRecord } from '../../src/domain/epoch-record';
import { RETENTION_WORKFLOW, retentionWorkflowId, type RetentionReport } from '../../src/domain/expiry';
import { imbalance } from '../../src/domain/ledger';
import { oldestKeptDay } from '../../src/domain/retention';
import { SIGNALS, supervisorWorkflowId } from '../../src/workflows/contract';
import { startApi, type ApiProcess } from '../support/api-process';
import { TestPipeline } from '../support/pipeline';
import { samples } from '../support/samples';
import { TopicsFile } from '../support/topics-file';
import { waitFor } from '../support/wait-for';

jest.setTimeout(180_000);

const line = (i: number) => `203.0.113.${i % 250} - - [24/Nov/2026:13:59:58 +0200] "GET /p${i} HTTP/1.1" 503 197`;
const log = (i: number) => JSON.stringify({ service: 'auth', level: 'error', message: `m${i} from 203.0.113.9` });

describe('several topics in one worker', () => {
  const pipeline = new TestPipeline({ WORKER_METRICS_PORT: '0', SCORE_ERROR: '41' });
  const file = new TopicsFile(pipeline);
  const [logs, edge] = [pipeline.topic, `${pipeline.topic}.Edge`];
  const edgePrefix = `e-${pipeline.topic}`;
  const topics = [
    { topic: logs, partitions: 2, retention_days: 3, scoring: { server_error: 31 } },
    {
      topic: edge,
      index_prefix: edgePrefix,
      partitions: 1,
      formats: ['access_log'],
      retention_days: 9,
      dead_letter_retention_days: 11,
      redaction: { rules: ['ip'] },
      scoring: { server_error: 77 },
    },
  ];
  let metricsPort = '';

  beforeAll(async () => {
    file.write(topics);
    const worker = pipeline.startWorker({ PIPELINE_FILE: file.path });
    worker.stdout!.on('data', (chunk: Buffer) => {
      metricsPort = /"port":(\d+),"msg":"metrics served"/.exec(String(chunk))?.[1] ?? metricsPort;
    });
    await waitFor(() => file.state(edge, 0), 90_000);
    await file.produce(logs, [...Array.from({ length: 50 }, (_, i) => ({ value: log(i) })), { value: line(1) }]);
    await file.produce(edge, [
      ...Array.from({ length: 30 }, (_, i) => ({ value: line(i) })),
      { value: 'what is this' },
    ]);
    await file.settled(logs, 51, 2);
    await file.settled(edge, 31, 1);
  });
  afterAll(() => file.close([edgePrefix]));

  const retention = (topic: string): Promise<RetentionReport> =>
    pipeline.temporal.workflow.execute(RETENTION_WORKFLOW, {
      workflowId: retentionWorkflowId(topic, 'test'),
      taskQueue: pipeline.topic,
      args: [{ topic, dryRun: true }],
    });

  test('each has its formats, its index, its redaction and its rules', async () => {
    const own = await file.documents(`${logs}-2*`);
    expect(own).toHaveLength(50);
    for (const { source } of own) {
      expect(source).toMatchObject({ service: 'auth', anomaly: { score: 41 } });
      expect(source['message']).toMatch(/^m\d+ from 203\.0\.113\.9$/);
    }
    const others = await file.documents(`${edgePrefix}-2*`);
    expect(others).toHaveLength(30);
    for (const { source } of others) {
      expect(source).toMatchObject({ event: { format: 'access_log' }, status_code: 503, anomaly: { score: 100 } });
      expect(JSON.stringify(source)).not.toContain('203.0.113');
      expect(JSON.stringify(source)).toContain('[redacted:ip]');
    }
  });

  test('each has its dead letters', async () => {
    const [own] = await file.documents(`dead-letters-${logs}-2*`);
    expect(own!.source).toMatchObject({ topic: logs, reason: { code: 'invalid_json' } });
    const [other] = await file.documents(`dead-letters-${edgePrefix}-2*`);
    expect(other!.source).toMatchObject({ topic: edge, reason: { code: 'invalid_json' } });
    const ends = async (topic: string) => {
      const admin = pipeline.kafka.admin();
      await admin.connect();
      const offsets = await admin.fetchTopicOffsets(topic);
      await admin.disconnect();
      return offsets.map(({ high }) => high);
    };
    expect([await ends(`${logs}.dead-letters`), await ends(`${edge}.dead-letters`)]).toEqual([['1'], ['1']]);
  });

  test('each has its retention, and a schedule of its own', async () => {
    for (const { topic, logDays, letterDays } of [
      { topic: logs, logDays: 3, letterDays: 30 },
      { topic: edge, logDays: 9, letterDays: 11 },
    ]) {
      const report = await retention(topic);
      expect(report.logs.oldestKept).toBe(oldestKeptDay(Date.now(), logDays));
      expect(report.deadLetters.oldestKept).toBe(oldestKeptDay(Date.now(), letterDays));
      expect(report.logs.kept).toBe(1);
      await pipeline.temporal.schedule.getHandle(`retention/${topic}`).describe();
    }
  });

  test('each has it on record with what its documents are made', async () => {
    const records = async (prefix: string) =>
      (await file.documents(epochIndex(prefix))).map(({ source }) => source as unknown as EpochRecord);
    const [own, ...none] = await records(logs);
    expect(none).toEqual([]);
    expect(own).toMatchObject({
      ...{ topic: logs, epoch: 1, rulesHash: (await pipeline.supervisorState()).epoch.rulesHash },
      configuration: { formats: ['auto'], scoring: { error: 41, server_error: 31 }, retention_days: 3 },
    });
    const [other] = await records(edgePrefix);
    expect(other).toMatchObject({
      ...{ topic: edge, epoch: 1 },
      configuration: { formats: ['access_log'], redaction: { rules: ['ip'], keyed: false }, scoring: { error: 41 } },
    });
    expect(other!.rulesHash).not.toBe(own!.rulesHash);
  });

  test('the metrics tell them apart', async () => {
    const found = samples(await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text());
    expect(found).toMatchObject({
      [`sluice_records_total{topic="${logs}",fate="indexed"}`]: 50,
      [`sluice_records_total{topic="${edge}",fate="indexed"}`]: 30,
      [`sluice_records_total{topic="${edge}",fate="dead_lettered"}`]: 1,
      [`sluice_redactions_total{topic="${edge}",rule="ip"}`]: expect.any(Number),
      sluice_configuration_refused: 0,
    });
    expect(found[`sluice_redactions_total{topic="${logs}",rule="ip"}`]).toBeUndefined();
  });

  test('the progress of each is mirrored to the group', async () => {
    const admin = pipeline.kafka.admin();
    await admin.connect();
    await waitFor(async () => {
      const offsets = await admin.fetchOffsets({ groupId: pipeline.topic, topics: [logs, edge] });
      const sum = (topic: string) =>
        offsets.find((one) => one.topic === topic)!.partitions.reduce((all, { offset }) => all + Number(offset), 0);
      return sum(logs) === 51 && sum(edge) === 31;
    });
    await admin.disconnect();
  });

  describe('the API', () => {
    let api: ApiProcess;
    beforeAll(async () => {
      api = await startApi({ ...pipeline.env, PIPELINE_FILE: file.path, API_RATE_LIMIT: '0' });
    }, 60_000);
    afterAll(() => api.stop());
    const get = async (path: string) => (await (await fetch(api.url + path)).json()) as Record<string, unknown>;

    test('searches and shows the topic that is named, else the first one', async () => {
      expect(await get('/logs?size=1')).toMatchObject({ total: { value: 50 } });
      expect(await get(`/logs?size=1&topic=${edge}`)).toMatchObject({ total: { value: 30 } });
      // The first look connects to everything, and has its 2 s as any other.
      await waitFor(async () => (await get(`/pipeline?topic=${edge}`))['topic']);
      expect(await get(`/pipeline?topic=${edge}`)).toMatchObject({ topic: edge, totals: { indexed: 30 } });
      expect(await get(`/pipeline/ledger?topic=${edge}`)).toMatchObject({ topic: edge, totals: { offsets: 31 } });
      expect(await get(`/pipeline/epochs?topic=${edge}`)).toMatchObject({ epochs: [{ epoch: 1 }] });
      expect(await get('/health')).toMatchObject({ status: 'up' });
      expect(await get('/logs?topic=other')).toMatchObject({ status: 400, code: 'invalid_parameter' });
    });

    test('finds the dead letters of each, and audits it', async () => {
      for (const topic of [logs, edge]) {
        expect(await get(`/pipeline/dead-letters?topic=${topic}`)).toMatchObject({ letters: [{ kafka: { topic } }] });
        const headers = { 'Content-Type': 'application/json' };
        const order = await fetch(`${api.url}/pipeline/audit?topic=${topic}`, { method: 'POST', headers, body: '{}' });
        const { url } = (await order.json()) as { url: string };
        const audit = await waitFor(async () => {
          const found = await get(url);
          return found['status'] === 'done' && found;
        }, 60_000);
        expect(audit).toMatchObject({ result: { verdict: 'clean' } });
      }
    });

    test('lists the topics, and follows the file', async () => {
      const list = async () => (await get('/topics')) as { problem: string | null; topics: Record<string, unknown>[] };
      expect((await list()).topics).toMatchObject([
        { topic: logs, first: true, epoch: 1, in_force: true },
        { topic: edge, first: false, epoch: 1, in_force: true, configuration: { retention_days: 9 } },
      ]);
      file.write([topics[0]!, { ...topics[1]!, retention_days: 10 }]);
      await waitFor(async () => {
        const { configuration } = (await list()).topics[1] as { configuration: { retention_days: number } };
        return configuration.retention_days === 10;
      });
      expect(await get(`/retention?topic=${edge}`)).toMatchObject({ logs: { retention_days: 10 } });
      file.write('topics: [');
      await waitFor(async () => (await list()).problem);
      expect((await list()).topics).toMatchObject([{ in_force: true }, { in_force: true }]);
      file.write(topics);
      await waitFor(async () => (await list()).problem === null);
    });
  });

  test('one that is paused, or whose topic is gone, keeps no other one waiting', async () => {
    await pipeline.temporal.workflow.getHandle(supervisorWorkflowId(edge)).signal(SIGNALS.pause);
    await waitFor(async () => (await file.state(edge, 0)).status === 'paused');
    await file.produce(edge, [{ value: line(99) }]);
    await file.produce(logs, [{ value: log(99) }]);
    await file.settled(logs, 52, 2);
    expect((await file.state(edge, 0)).ledger.next).toBe('31');

    const admin = pipeline.kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [edge] });
    await admin.disconnect();
    await pipeline.temporal.workflow.getHandle(supervisorWorkflowId(edge)).signal(SIGNALS.resume);
    await file.produce(logs, [{ value: log(100) }]);
    const states = await file.settled(logs, 53, 2);
    for (const { ledger } of states) expect(imbalance(ledger)).toBe(0);
    expect((await file.state(edge, 0)).ledger.next).toBe('31');
  });
});
