import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { encodeSearchAttributeIndexedValueType as typeNumber } from '@temporalio/common/lib/search-attributes';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { Activities } from '../../src/activities';
import type { PartitionInput, WorkerSettings } from '../../src/workflows/contract';
import { SEARCH_ATTRIBUTES } from '../../src/domain/search-attributes';
import { openLedger } from '../../src/domain/ledger';

/** The time-skipping server, from the binary that the global setup fetched, with our search attributes. */
export async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
  });
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: process.env['SLUICE_TEMPORAL_TEST_SERVER']! } },
  });
  const named = Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) => [name, typeNumber(type)!] as const);
  // It knows no other call about them.
  await environment.connection.operatorService.addSearchAttributes({ searchAttributes: Object.fromEntries(named) });
  return environment;
}

/** The workflows, bundled once a run by the global setup. */
export const workflowBundle = { code: readFileSync(process.env['SLUICE_TEST_WORKFLOW_BUNDLE']!, 'utf8') };

/** Queues of one test: two workers of one process must not share one. */
export function uniqueQueues(): { shared: string; own: string } {
  const id = randomUUID();
  return { shared: `shared-${id}`, own: `own-${id}` };
}

/** Runs `test` with a worker for each of the queues; the first one also runs the workflows. */
export async function withWorkers(
  environment: TestWorkflowEnvironment,
  activities: { [Name in keyof Activities]?: Activities[Name] },
  queues: string[],
  test: () => Promise<void>,
): Promise<void> {
  const { nativeConnection: connection } = environment;
  const workers: Worker[] = [];
  for (const taskQueue of queues) {
    const code = workers.length === 0 ? { workflowBundle } : {};
    workers.push(await Worker.create({ connection, taskQueue, activities, ...code }));
  }
  const running = workers.map((worker) => worker.run());
  try {
    await test();
  } finally {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.all(running);
  }
}

export const settings: WorkerSettings = {
  batch: { maxRecords: 100, maxBytes: 1_000_000, lingerMs: 100 },
  window: 3,
  continueAsNewBatches: 1000,
  commitIntervalMs: 5000,
  rulesHash: 'rules-1',
};

export function partitionInput(change: Partial<PartitionInput> = {}): PartitionInput {
  return {
    topic: 'logs',
    partition: 0,
    progress: { generation: 1, ledger: openLedger('0'), epochs: [{ number: 1, from: '0' }] },
    orders: { revision: 1, paused: false, epoch: { number: 1, rulesHash: 'rules-1' }, settings },
    ...change,
  };
}
