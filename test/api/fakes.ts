import type Koa from 'koa';
import supertest from 'supertest';
import { createLimits } from '../../src/api/access/limits';
import { createApp } from '../../src/api/app';
import type {
  ApiSettings,
  AppDeps,
  HealthCheck,
  PipelineWorkflows,
  TopicOffsets,
  WorkflowReading,
} from '../../src/api/ports';
import { openLedger } from '../../src/domain/ledger';
import type { RetentionDesk } from '../../src/api/retention/ports';
import { createLogger } from '../../src/logger';
import type { CommitMetadata, PartitionState, SupervisorState, WorkerSettings } from '../../src/workflows/contract';
import { GENERATED_UNTIL, generateLogs, type StoredDocument } from './generated-logs';
import { takeUndocumented, watchAnswers } from './documented/watch-answers';
import { createMemoryDesk } from './memory-dead-letters';
import { createMemoryExportDesk } from './memory-export-desk';
import { createMemoryReplayDesk } from './memory-replay-desk';
import { createMemoryTailSource } from './memory-tail-source';
import { createMemoryLogSearch } from './memory-log-search';

const settings: WorkerSettings = {
  batch: { maxRecords: 100, maxBytes: 100_000, lingerMs: 0 },
  window: 2,
  continueAsNewBatches: 10,
  commitIntervalMs: 1000,
  rulesHash: 'abc',
};
const epoch = { number: 1, rulesHash: 'abc' };
const messages = { received: 0, duplicates: 0, ignored: 0 };

/** State of a partition that has indexed everything up to `next`. */
export function partitionState(partition: number, next: number, changes: Partial<PartitionState> = {}): PartitionState {
  const ledger = { ...openLedger('0'), next: String(next), indexed: next };
  return {
    topic: 'logs',
    partition,
    status: 'running',
    generation: 1,
    ledger,
    epochs: [{ number: 1, from: '0' }],
    epoch,
    batch: settings.batch,
    inFlight: [],
    messages,
    ...changes,
  };
}

export function supervisorState(changes: Partial<SupervisorState> = {}): SupervisorState {
  return { topic: 'logs', settings, epoch, revision: 1, paused: false, partitions: [0, 1], messages, ...changes };
}

/** A commit as the pipeline mirrors it. */
export function commit(next: number): { offset: string; metadata: string } {
  const { generation, ledger, epochs } = partitionState(0, next);
  const metadata: CommitMetadata = { v: 1, progress: { generation, ledger, epochs }, epoch };
  return { offset: String(next), metadata: JSON.stringify(metadata) };
}

export interface FakeWorkflows extends PipelineWorkflows {
  sent: { topic: string; message: object }[];
}

/** Workflows that answer what they are given; a partition that is not given is missing. */
export function fakeWorkflows(
  partitions: Record<number, WorkflowReading<PartitionState>>,
  supervisor: WorkflowReading<SupervisorState> = { execution: 'open', state: supervisorState() },
): FakeWorkflows {
  const sent: FakeWorkflows['sent'] = [];
  return {
    sent,
    supervisor: async () => supervisor,
    partition: async (_, partition) => partitions[partition] ?? { execution: 'missing' },
    send: async (topic, message) => {
      if (supervisor.execution === 'missing') return { kind: 'missing' };
      sent.push({ topic, message });
      const { requestId } = message;
      const answers = Object.keys(partitions).map((partition) => ({ partition: Number(partition), status: 'running' }));
      return { kind: 'answered', result: { requestId, duplicate: false, partitions: answers } };
    },
  };
}

export const YEAR_2000 = Date.UTC(2000, 0);

/** Kafka with these end offsets and commits. */
export function fakeOffsets(ends: number[], commits: number[] = ends): TopicOffsets {
  return {
    ends: async () => new Map(ends.map((high, partition) => [partition, { low: 0, high }])),
    // Offset n came n seconds after the year 2000 began.
    offsetsAt: async (_topic, time) => {
      const first = Math.max(0, Math.ceil((time - YEAR_2000) / 1000));
      return new Map(ends.map((high, partition) => [partition, Math.min(high, first)]));
    },
    committed: async () => new Map(commits.map((next, partition) => [partition, commit(next)])),
  };
}

export const brokenOffsets: TopicOffsets = {
  ends: () => Promise.reject(new Error('no broker')),
  offsetsAt: () => Promise.reject(new Error('no broker')),
  committed: () => Promise.reject(new Error('no broker')),
};

/** A promise that never settles, as of a server that accepts and stays silent. */
export function silence<T>(): Promise<T> {
  return new Promise(() => undefined);
}

export function up(message: string): HealthCheck {
  return { address: '127.0.0.1:1', check: async () => message };
}

export const documents: StoredDocument[] = generateLogs(400, 'logs');

/** A retention that has an index for today and one that went. */
export function fakeRetention(changes: Partial<RetentionDesk> = {}): RetentionDesk {
  const day = { uuid: 'u', documents: 5, bytes: 900 };
  return {
    logs: { list: async () => [{ ...day, index: 'logs-2026.11.24', day: '2026.11.24' }] },
    letters: { list: async () => [] },
    expired: { list: async () => [] },
    drift: async () => [],
    disks: async () => [],
    runs: { schedule: async () => undefined, start: async () => undefined, read: async () => undefined },
    retentionDays: 2,
    letterRetentionDays: 30,
    ...changes,
  };
}

export const testSettings = {
  topic: 'logs',
  groupId: 'sluice',
  partitions: 2,
  namespace: 'default',
  uiUrl: 'http://ui.example:8233/',
  corsOrigins: ['https://explorer.example'],
  allowedHosts: ['logs.example'],
  exports: { limit: 300, maxLimit: 10_000, concurrency: 4 },
} satisfies ApiSettings;

afterEach(() => expect(takeUndocumented()).toEqual([]));

/** An API over in-memory ports, everything up and idle unless told otherwise; each answer must be a documented one. */
export function createTestApp(changes: Partial<AppDeps> = {}, others: readonly Partial<AppDeps>[] = []): Koa {
  const deps: AppDeps = {
    version: '1.2.3',
    settings: testSettings,
    logs: createMemoryLogSearch(documents),
    tail: {
      source: createMemoryTailSource(documents),
      // A stream is an answer like any other when it ends soon.
      settings: { maxTails: 10, bufferBytes: 64 * 1024, maxBehind: 1000, maxMs: 20 },
    },
    workflows: fakeWorkflows({
      0: { execution: 'open', state: partitionState(0, 90) },
      1: { execution: 'open', state: partitionState(1, 100) },
    }),
    offsets: fakeOffsets([100, 100], [80, 100]),
    deadLetters: createMemoryDesk().desk,
    replays: createMemoryReplayDesk().desk,
    longExports: createMemoryExportDesk().desk,
    epochs: { list: async () => [] },
    letters: { countSettled: async () => [] },
    audits: { start: async () => undefined, read: async () => undefined },
    retention: fakeRetention(),
    health: { kafka: up('fine'), elasticsearch: up('fine'), temporal: up('fine') },
    logger: createLogger('test', 'silent'),
    now: () => GENERATED_UNTIL,
    ...changes,
  };
  const further = others.map((one) => ({ ...deps, ...one }));
  return watchAnswers(createApp(deps, further), () =>
    createApp({ ...deps, limits: createLimits({ ratePerSecond: 0, heavyAtOnce: 0 }) }, further),
  );
}

/** A client of {@link createTestApp}. */
export function client(changes: Partial<AppDeps> = {}, others: readonly Partial<AppDeps>[] = []) {
  return supertest(createTestApp(changes, others).callback());
}
