import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imbalance } from '../../src/domain/ledger';
import { partitionWorkflowId, supervisorWorkflowId } from '../../src/workflows/contract';
import { interrupt, stopBySignal, untilRunning, type Interruption } from '../support/life-cycle';
import { generatedMessages } from '../support/log-records';
import { TestPipeline } from '../support/pipeline';
import { judgeRuns, writeBundleOfBefore } from '../support/rolling-versions';
import { waitFor } from '../support/wait-for';

const GRACE_MS = 10_000;
const DEAD = '127.0.0.1:1';

/** The whole matrix, many times: `npm run lifecycle`. */
describe('life cycle', () => {
  const pipeline = new TestPipeline({
    KAFKA_PARTITIONS: '2',
    BATCH_MAX_RECORDS: '500',
    CONTINUE_AS_NEW_BATCHES: '5',
    WORKER_SHUTDOWN_GRACE_MS: String(GRACE_MS),
  });
  const { topic } = pipeline;
  let produced = 0;
  const produce = async (count: number) => {
    produced += count;
    await pipeline.produce(generatedMessages(count, produced));
  };
  afterAll(() => pipeline.close(), 60_000);

  test('rolling from one version to the next under load: SIGTERM ends the old worker, and the one beside it goes on', async () => {
    const before = join(tmpdir(), `${topic}.js`);
    await Promise.all([pipeline.createTopic(2), writeBundleOfBefore(before)]);
    const first = pipeline.startWorker({}, before);
    await untilRunning(first);
    await produce(5000);
    await waitFor(async () => (await pipeline.countDocuments()) > 0, 60_000);
    const second = pipeline.startWorker();
    await untilRunning(second);
    rmSync(before);
    // Both take the tasks of runs that began under either; an order is told by whichever is there.
    await produce(5000);
    const supervisor = pipeline.temporal.workflow.getHandle(supervisorWorkflowId(topic));
    await supervisor.executeUpdate('pause', { args: [{ reason: 'upgrade' }] });
    await supervisor.signal('resume');
    await produce(5000);
    const { code, ms } = await stopBySignal(first, 2);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(GRACE_MS + 1000);
    await produce(1000);
    await pipeline.settled(produced, 2, 120_000);
    expect(await judgeRuns(pipeline)).toEqual({ workers: 2, stuck: [] });
    const { indexed, duplicate } = await pipeline.ledger(2);
    expect(indexed! + duplicate!).toBe(produced);
  }, 300_000);

  test('SIGTERM while no server answers: exit 0 within the grace', async () => {
    const servers = { KAFKA_BROKERS: DEAD, ELASTICSEARCH_URL: `http://${DEAD}`, TEMPORAL_ADDRESS: DEAD };
    const worker = pipeline.startWorker(servers);
    await new Promise((resolve) => worker.stdout!.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { code, ms } = await stopBySignal(worker);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(GRACE_MS + 1000);
  }, 60_000);

  test('a pause outlives the supervisor and the partition that are terminated as soon as it is acknowledged', async () => {
    const [supervisor, partition] = [supervisorWorkflowId(topic), partitionWorkflowId(topic, 0)].map((id) =>
      pipeline.temporal.workflow.getHandle(id),
    );
    await supervisor!.executeUpdate('pause', { args: [{ reason: 'stays' }] });
    await supervisor!.terminate();
    await partition!.executeUpdate('pause', { args: [{ reason: 'stays, too' }] });
    await partition!.terminate();
    const running = async () => (await supervisor!.describe()).status.name === 'RUNNING';
    await waitFor(running, 60_000);
    expect(await waitFor(() => pipeline.supervisorState())).toMatchObject({ hold: { reason: 'stays' } });
    await waitFor(async () => (await partition!.describe()).status.name === 'RUNNING', 60_000);
    await produce(200);
    const { hold, status } = await waitFor(() => pipeline.partitionState(0));
    expect({ hold, status }).toMatchObject({ hold: { reason: 'stays, too' }, status: 'paused' });
    await supervisor!.executeUpdate('resume');
    expect((await pipeline.partitionState(0)).status).toBe('paused');
    await supervisor!.executeUpdate('resume', { args: [{ partition: 0 }] });
    await pipeline.settled(produced, 2, 60_000);
  }, 180_000);

  test('terminate, cancel and reset of partitions and supervisor: the ledger is exact afterwards', async () => {
    const supervisor = supervisorWorkflowId(topic);
    const [first, second] = [partitionWorkflowId(topic, 0), partitionWorkflowId(topic, 1)] as const;
    const rounds: [string, Interruption][][] = [
      [
        [first, 'terminate'],
        [second, 'cancel'],
        [supervisor, 'reset'],
      ],
      [
        [first, 'reset'],
        [supervisor, 'cancel'],
      ],
    ];
    for (const round of rounds) {
      await produce(2000);
      await Promise.all(round.map(([id, how]) => interrupt(pipeline, id, how)));
    }
    await produce(2000);
    await pipeline.settled(produced, 2, 120_000);
    for (const partition of [0, 1]) expect(imbalance((await pipeline.partitionState(partition)).ledger)).toBe(0);
    const { indexed, duplicate } = await pipeline.ledger(2);
    expect(indexed! + duplicate!).toBe(produced);
    expect(await pipeline.countDocuments()).toBe(produced);
  }, 300_000);
});
