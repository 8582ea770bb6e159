import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities, type Activities, type ActivityDeps } from '../../src/activities';
import { BatchCache } from '../../src/activities/batch-cache';
import { observeBulks, withStages } from '../../src/activities/observer';
import type { RecordIndex } from '../../src/activities/ports';
import type { TemplateDrift } from '../../src/activities/retention-ports';
import { decodeRecord } from '../../src/kafka/decode-record';
import { createLogger } from '../../src/logger';
import type { BatchTracer } from '../../src/tracing/batch-tracer';
import { MemoryExports } from './memory-exports';
import { MemoryIndex } from './memory-index';
import { MemoryIsolation } from './memory-isolation';
import type { Waiting } from '../../src/workflows/contract';
import { MemoryObserver } from './memory-observer';
import { MemoryLetters, MemoryRedrives } from './memory-letters';
import {
  MemoryDeadLetters,
  MemoryExpiryLog,
  MemoryFates,
  MemoryMirror,
  MemoryRetention,
  MemoryStarter,
  MemoryTopics,
} from './memory-ports';
import { MemoryReplays } from './memory-replays';
import { MemorySource } from './memory-source';
import { RULES } from './records';

export const EPOCH = { number: 1, rulesHash: 'rules' };

/** The activities of one worker on ports in memory. */
export class MemoryWorker {
  readonly source = new MemorySource();
  readonly index = new MemoryIndex();
  readonly isolation = new MemoryIsolation(this.index);
  readonly deadLetters = new MemoryDeadLetters();
  readonly letters = new MemoryLetters();
  readonly mirror = new MemoryMirror();
  /** Indices that a backlog was written to. */
  readonly relaxed = new Set<string>();
  readonly topics = new MemoryTopics();
  readonly starter = new MemoryStarter();
  readonly retention = new MemoryRetention(new Set());
  readonly fates = new MemoryFates();
  readonly reports: { workflowId: string; waiting: Waiting }[] = [];
  readonly letterRetention = new MemoryRetention(new Set(), 'dead-letters-logs');
  readonly expiryLog = new MemoryExpiryLog();
  readonly drift: TemplateDrift[] = [];
  readonly redrives = new MemoryRedrives();
  readonly observed = new MemoryObserver();
  readonly replays = new MemoryReplays(this.source, this.index, this.letters);
  readonly exports = new MemoryExports();
  readonly cache: BatchCache;
  readonly activities: Activities;
  readonly draining = new AbortController();
  /** Details of every heartbeat of the last run. */
  heartbeats: unknown[] = [];

  constructor(
    options: {
      cacheBytes?: number;
      logger?: ActivityDeps['logger'];
      retentionDays?: number;
      tracer?: BatchTracer;
    } = {},
  ) {
    const { tracer } = options;
    const observer = tracer ? withStages(this.observed, tracer.observer) : this.observed;
    this.cache = new BatchCache(options.cacheBytes ?? 1024 * 1024 * 1024);
    this.activities = createActivities({
      queue: 'own-queue',
      source: this.source,
      cache: this.cache,
      decode: decodeRecord,
      rules: RULES,
      rulesHash: EPOCH.rulesHash,
      index: tracer ? observeBulks(portOf(this.index), observer) : this.index,
      deadLetters: this.deadLetters,
      isolation: this.isolation,
      letters: this.letters,
      mirror: this.mirror,
      pace: { relax: (index) => void this.relaxed.add(index), restore: async () => undefined },
      topics: this.topics,
      starter: this.starter,
      retention: this.retention,
      fates: this.fates,
      reporter: { report: (workflowId, waiting) => this.reports.push({ workflowId, waiting }) },
      retentionDays: options.retentionDays ?? 36_500,
      letterRetention: this.letterRetention,
      letterRetentionDays: 36_500,
      expiryLog: this.expiryLog,
      templateDrift: async () => this.drift,
      topic: 'logs',
      redriveLetters: this.letters,
      redriveOrders: this.redrives,
      redriveRuns: this.redrives,
      replayStore: this.replays,
      replayRuns: this.replays,
      replayCensus: this.replays,
      replayTopic: this.replays,
      replaySource: this.replays,
      verdicts: this.replays.verdicts,
      exportFolder: this.exports.folder,
      exportSource: this.exports,
      partBytes: 256 * 1024,
      groupId: 'sluice',
      draining: this.draining.signal,
      observer,
      traceBatch: tracer?.traceBatch,
      logger: options.logger ?? createLogger('test', 'silent'),
    });
  }

  /** Runs an activity as one attempt of Temporal's. */
  run<Name extends keyof Activities>(
    name: Name,
    args: Parameters<Activities[Name]>,
    attempt: {
      heartbeatDetails?: unknown;
      number?: number;
      whileRunning?: (environment: MockActivityEnvironment) => void;
    } = {},
  ): Promise<Result<Name>> {
    const environment = new MockActivityEnvironment(
      { heartbeatDetails: attempt.heartbeatDetails, attempt: attempt.number ?? 1 },
      { logger: new DefaultLogger('ERROR') },
    );
    this.heartbeats = [];
    environment.on('heartbeat', (details: unknown) => this.heartbeats.push(structuredClone(details)));
    const activity = this.activities[name] as unknown as (...given: typeof args) => Promise<Result<Name>>;
    const result = environment.run<[], Result<Name>, () => Promise<Result<Name>>>(() => activity(...args));
    attempt.whileRunning?.(environment);
    return result;
  }
}

type Result<Name extends keyof Activities> = Awaited<ReturnType<Activities[Name]>>;

function portOf(index: MemoryIndex): RecordIndex {
  return {
    builder: (...call) => index.builder(...call),
    giveBack: (parts) => index.giveBack(parts),
    write: (...call) => index.write(...call),
    holds: (ref, records) => index.holds(ref, records),
  };
}
