import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createAuditActivities, type AuditActivities } from '../../src/activities/audit-activities';
import type { Account, AuditDeps, PlacedDocument } from '../../src/activities/audit-ports';
import type { ExpiredIndex } from '../../src/domain/expiry';
import { indexName } from '../../src/domain/ids';
import { openLedger } from '../../src/domain/ledger';
import { PipelineError } from '../../src/domain/errors';
import { decodeRecord } from '../../src/kafka/decode-record';
import { createLogger } from '../../src/logger';
import { MemorySource } from './memory-source';
import { APPENDED_AT } from './records';

type Letter = Awaited<ReturnType<AuditDeps['letters']['list']>>[number];

/** Everything an audit of partition 0 looks at, in memory, and its activities. */
export class MemoryAudit {
  readonly source = new MemorySource();
  documents: PlacedDocument[] = [];
  letters: Letter[] = [];
  strays: { index: string; id: string }[] = [];
  indices = new Set([indexName('logs', APPENDED_AT)]);
  expired: ExpiredIndex[] = [];
  account: Account = { source: 'workflow', generation: 1, ledger: openLedger('0'), closed: [] };
  end = 0;
  low = 0;
  /** Requests for documents. */
  requests = 0;
  /** Called before each request for documents; throw to fail it. */
  before: () => void = () => undefined;
  heartbeats: unknown[] = [];
  readonly activities: AuditActivities;

  constructor(page: number) {
    const deps: AuditDeps = {
      page,
      retentionDays: 2,
      now: () => APPENDED_AT,
      decode: decodeRecord,
      expired: async () => this.expired,
      source: this.source,
      accounts: { read: async () => structuredClone(this.account) },
      topics: {
        ends: async () => new Map([[0, { low: this.low, high: this.end }]]),
        partitions: async () => [0],
      },
      letters: {
        list: async ({ from, to }, size) =>
          this.letters
            .filter(({ offset }) => offset >= from && offset < to)
            .sort((a, b) => a.offset - b.offset)
            .slice(0, size),
      },
      index: {
        refresh: async () => undefined,
        documents: async (_partition, { from = -Infinity, to = Infinity }, limit) => {
          this.requests += 1;
          this.before();
          return this.documents
            .filter(({ offset }) => offset >= from && offset < to)
            .sort((a, b) => a.offset - b.offset)
            .slice(0, limit);
        },
        strays: async (_partitions, limit) => ({ total: this.strays.length, first: this.strays.slice(0, limit) }),
        indexOf: (time) => indexName('logs', time),
        indices: async () => this.indices,
      },
    };
    this.activities = createAuditActivities(deps, createLogger('test', 'silent'));
  }

  /** Deletes the oldest records from Kafka. */
  deleteBefore(offset: number): void {
    this.low = offset;
    this.source.deleteBefore(0, offset);
  }

  down(): never {
    throw new PipelineError('elasticsearch_unavailable', 'down');
  }

  /** Runs an activity as one attempt of Temporal's. */
  run<Name extends keyof AuditActivities>(
    name: Name,
    input: Parameters<AuditActivities[Name]>[0],
    heartbeatDetails?: unknown,
  ): Promise<Awaited<ReturnType<AuditActivities[Name]>>> {
    const environment = new MockActivityEnvironment({ heartbeatDetails }, { logger: new DefaultLogger('ERROR') });
    environment.on('heartbeat', (details: unknown) => this.heartbeats.push(structuredClone(details)));
    const activity = this.activities[name] as (given: typeof input) => Promise<never>;
    return environment.run(() => activity(input));
  }
}
