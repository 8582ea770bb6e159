import { Runtime } from '@temporalio/worker';
import { PipelineError } from '../../src/domain/errors';
import { loadConfig } from '../../src/config';
import { createLogger } from '../../src/logger';
import { Shutdown } from '../../src/shutdown';
import { prepareIndices } from '../../src/elasticsearch/setup';
import { prepareTopics } from '../../src/kafka/topics';
import { workflowCode } from '../../src/workers/bundle';
import { createWorker } from '../../src/workers/create-worker';
import { openDependencies } from '../../src/workers/dependencies';
import { startPipeline, workerSettings } from '../../src/workers/start-pipeline';
import { temporalLogger } from '../../src/workers/temporal-logger';
import { generatedMessages } from '../support/log-records';
import { TestPipeline } from '../support/pipeline';

const logger = createLogger('test', 'silent');
beforeAll(() => void Runtime.install({ logger: temporalLogger(logger) }));

/** A worker of the pipeline inside this process, as `src/workers/main.ts` starts one. */
async function startWorker(pipeline: TestPipeline, change: Record<string, string> = {}) {
  const config = loadConfig({ ...pipeline.env, WORKER_SHUTDOWN_GRACE_MS: '5000', ...change });
  const shutdown = new Shutdown(logger);
  const queue = `${pipeline.topic}@${Math.random()}`;
  const deps = await openDependencies([config], queue, logger, shutdown);
  const { current } = deps.runtimes.get(pipeline.topic)!;
  await prepareTopics(deps.kafka, config.kafka);
  await prepareIndices(deps.elasticsearch, config.elasticsearch);
  const settings = workerSettings(config, current.rulesHash, config.kafka.partitions);
  await startPipeline(deps.client, deps.topics, config, settings);
  const worker = await createWorker({
    temporal: config.temporal,
    namespace: config.temporal.namespace,
    taskQueue: config.temporal.taskQueue,
    ownQueue: queue,
    activities: deps.activities,
    workflows: workflowCode(process.env['SLUICE_TEST_WORKFLOW_BUNDLE']),
    shutdownGraceMs: config.pipeline.shutdownGraceMs,
  });
  const running = worker.run();
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    worker.shutdown();
    deps.drain();
    await running;
    await worker.close();
    await shutdown.close();
  };
  const started = { current, stop: () => (stopped ??= stop()) };
  workers.push(started);
  return started;
}
const workers: { stop: () => Promise<void> }[] = [];

describe('a worker on the real servers', () => {
  const pipeline = new TestPipeline();
  afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.stop())), 60_000);
  afterAll(() => pipeline.close(), 60_000);

  test('takes the topic through, and on SIGTERM’s path ends with nothing under way', async () => {
    const worker = await startWorker(pipeline);
    await pipeline.produce(generatedMessages(400));
    const ledger = await pipeline.settled(400);
    expect(ledger).toMatchObject({ indexed: 400, duplicate: 0, deadLettered: 0 });
    await worker.stop();
    const limits = { maxRecords: 1, maxBytes: 1, lingerMs: 0, waitMs: 1000 };
    const refused = worker.current.activityDeps.source.pull(0, 0, limits, new AbortController().signal);
    await expect(refused).rejects.toBeInstanceOf(PipelineError);
    await expect(refused).rejects.toMatchObject({ code: 'worker_draining' });
  }, 90_000);

  test('other rules after a restart: the epoch rises, and the pipeline goes on by itself', async () => {
    const worker = await startWorker(pipeline, { SCORE_ERROR: '41' });
    await pipeline.produce(generatedMessages(400, 2));
    await pipeline.settled(800, 4, 60_000);
    for (const partition of [0, 1, 2, 3]) {
      const { epochs, epoch } = await pipeline.partitionState(partition);
      expect(epoch.number).toBe(2);
      expect(epochs.map(({ number }) => number)).toEqual([1, 2]);
    }
    expect((await pipeline.supervisorState()).epoch.rulesHash).toBe(worker.current.activityDeps.rulesHash);
    const versions = (await pipeline.allDocuments()).map(({ source }) => source['epoch']);
    expect(versions.filter((one) => one === 2)).toHaveLength(400);
    await worker.stop();
  }, 120_000);
});
