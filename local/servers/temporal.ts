import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import type { ProcessSpec } from './process-spec';

export interface TemporalOptions {
  cli: string;
  dataFolder: string;
  port: number;
  uiPort: number;
}

const NAMESPACE = 'default';
/** The shortest retention the server takes (10 and 30 minutes are refused): closed runs are what fills its database. */
const RETENTION_MS = 3_600_000;

/** Temporal's development server on a database file, with its Web UI, on loopback. */
export function temporalSpec({ cli, dataFolder, port, uiPort }: TemporalOptions): ProcessSpec {
  return {
    name: 'temporal',
    command: cli,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
      ...['--db-filename', join(dataFolder, 'temporal.db'), '--log-level', 'warn', '--ui-disable-news-fetch'],
      // One process serves every poll: with four parts of each task queue it hands tasks from one to the other.
      ...['--dynamic-config-value', 'matching.numTaskqueueReadPartitions=1'],
      ...['--dynamic-config-value', 'matching.numTaskqueueWritePartitions=1'],
      // Spread over 30 minutes by default, on top of the retention.
      ...['--dynamic-config-value', 'history.retentionTimerJitterDuration="1m"'],
      // By default each of its transactions makes a journal and deletes it again. Both are as durable.
      ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=FULL'],
      // Off by default: a whole workflow can then be paused, as an activity always can.
      ...['--dynamic-config-value', 'frontend.WorkflowPauseEnabled=true'],
    ],
    cwd: dataFolder,
    env: process.env,
    prepare: async () => {
      mkdirSync(dataFolder, { recursive: true });
    },
    isReady: () =>
      withConnection(port, async ({ workflowService }) => {
        await workflowService.describeNamespace({ namespace: NAMESPACE });
        return true;
      }),
    settle: () =>
      withConnection(port, async ({ workflowService }) => {
        const config = { workflowExecutionRetentionTtl: msToTs(RETENTION_MS) };
        await workflowService.updateNamespace({ namespace: NAMESPACE, config });
      }),
    readyTimeoutMs: 60_000,
    stopGraceMs: 20_000,
    address: `http://127.0.0.1:${uiPort}`,
  };
}

async function withConnection<T>(port: number, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: 2_000 });
  try {
    return await connection.withDeadline(Date.now() + 5_000, () => use(connection));
  } finally {
    await connection.close();
  }
}
