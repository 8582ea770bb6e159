import type { EpochLog } from '../activities/record-epochs';
import type { AuditReport, AuditScope, AuditState } from '../domain/audit';
import type { Logger } from '../logger';
import type { DeadLetterDesk } from './dead-letters/ports';
import type { ExportDesk } from './exports/ports';
import type { KeyRing } from '../keys/key-ring';
import type { Limits } from './access/limits';
import type { LogSearch } from './logs/ports';
import type { RetentionDesk } from './retention/ports';
import type { ApiMetrics } from './metrics/api-metrics';
import type { TemporalPause } from './pipeline/temporal-pause';
import type { ReplayDesk } from './replays/ports';
import type { TailSource } from './tail/ports';
import type { TailSettings } from './tail/tails';
import type { MessageResult, PartitionState, ReadMessage, SupervisorState } from '../workflows/contract';

/** A step of a workflow that failed and is being tried again. Never holds log text. */
export interface FailingStep {
  code: string;
  message: string;
  attempt: number;
  /** ISO time of the latest attempt. */
  at: string;
}

/** What could be learned of one workflow before the deadline. */
export interface WorkflowReading<State> {
  /** `unreachable`: Temporal did not answer. */
  execution: 'open' | 'closed' | 'missing' | 'unreachable';
  /** How a closed one ended, such as `terminated`. */
  closedAs?: string | undefined;
  /** Its own answer; absent when no worker answered in time. */
  state?: State | undefined;
  failing?: FailingStep | undefined;
  temporalPause?: TemporalPause | undefined;
}

/** What became of a message to the supervisor. */
export type Delivery =
  | { kind: 'answered'; result: MessageResult }
  /** Nobody answered: it was left as a signal, for the next worker, or for when Temporal lets a suspended supervisor go on. */
  | { kind: 'left'; suspended?: boolean | undefined }
  /** The supervisor refused it; `code` as in `MessageError`. */
  | { kind: 'refused'; code: string; message: string }
  /** There is no supervisor. */
  | { kind: 'missing' };

/** Reads and steers the pipeline's workflows. Readings never throw: what is unknown is absent. */
export interface PipelineWorkflows {
  /** @param deadlineMs time of day, milliseconds since the epoch, by which the answer is there */
  supervisor(topic: string, deadlineMs: number): Promise<WorkflowReading<SupervisorState>>;
  partition(topic: string, partition: number, deadlineMs: number): Promise<WorkflowReading<PartitionState>>;
  /**
   * Sends a message to the supervisor: as an update, or, when no worker answers soon, as a signal with the same request
   * id, so that it is followed once whatever becomes of the update.
   *
   * @throws whatever the Temporal client throws when the server cannot be reached
   */
  send(topic: string, message: ReadMessage & { requestId: string }): Promise<Delivery>;
}

/** Kafka's side of the progress. Calls may hang while no broker answers: set a deadline. */
export interface TopicOffsets {
  ends(topic: string): Promise<Map<number, { low: number; high: number }>>;
  /** By partition, the first offset of this Kafka time or later; the end where there is none. */
  offsetsAt(topic: string, timestampMs: number): Promise<Map<number, number>>;
  committed(groupId: string, topic: string): Promise<Map<number, { offset: string; metadata: string }>>;
}

/** How many dead letters of a partition were indexed after all. */
export interface RedrivenCount {
  generation: number;
  partition: number;
  count: number;
  /** Documents that the messages of the partition's letters have got since they were dead-lettered. */
  added: number;
}

/** What the dead letters say of themselves. */
export interface LetterCounts {
  /** Letters that were redriven; partitions without one are absent. Throws like {@link LogSearch}. */
  countSettled(): Promise<RedrivenCount[]>;
}

/** What could be learned of one audit. */
export interface AuditReading {
  /** `failed` carries the code. */
  status: 'running' | 'done' | 'failed' | 'cancelled';
  /** ISO times. */
  startedAt: string;
  endedAt?: string | undefined;
  /** Absent when no worker answered in time. */
  state?: AuditState | undefined;
  /** Share of the current partition that has been judged, 0 to 1. */
  currentShare?: number | undefined;
  /** When done. */
  report?: AuditReport | undefined;
  /** Why it failed, or why its current step is being tried again. */
  failing?: { code: string; message: string } | undefined;
}

/** Starts audits and follows them. Both calls throw whatever the Temporal client throws when it cannot be reached. */
export interface Audits {
  start(topic: string, id: string, scope: AuditScope): Promise<void>;
  /** @returns undefined when there is no such audit, or none any more */
  read(topic: string, id: string): Promise<AuditReading | undefined>;
}

export interface HealthCheck {
  /** Where the dependency is looked for, to be named when it does not answer. */
  address: string;
  /** Resolves with a few words on the dependency, or rejects with the reason that it cannot be used. */
  check: () => Promise<string>;
  /** What will go wrong unless somebody acts, in sentences. */
  warn?: () => Promise<string[]>;
}

/** The part of the configuration that the API works with. */
export interface ApiSettings {
  topic: string;
  groupId: string;
  /** False of a topic that requests must name; true when absent. */
  isFirst?: boolean;
  /** Absent where it is not shown. */
  configuration?: () => TopicConfiguration;
  /** Partitions looked for until Kafka or the supervisor has named them. */
  partitions: number;
  namespace: string;
  uiUrl: string;
  corsOrigins: readonly string[];
  /** Names that the API may be called by, beside those of loopback. */
  allowedHosts?: readonly string[];
  /** Keys of the cursors, the one that signs first; without any, cursors live as long as this process. */
  cursorSecrets?: readonly (string | Buffer)[] | undefined;
  /** Without it there is no route to export by. */
  exports?: ExportSettings | undefined;
}

/** What a topic is configured to be now. */
export interface TopicConfiguration {
  rulesHash: string;
  /** As a pipeline file has it. */
  content: Record<string, unknown>;
}

/** What exports are held to. */
export interface ExportSettings {
  /** Logs of an export that does not say how many. */
  limit: number;
  maxLimit: number;
  /** Exports at a time. */
  concurrency: number;
}

export interface AppDeps {
  version: string;
  settings: ApiSettings;
  logs: LogSearch;
  tail: { source: TailSource; settings: TailSettings };
  workflows: PipelineWorkflows;
  offsets: TopicOffsets;
  letters: LetterCounts;
  deadLetters: DeadLetterDesk;
  audits: Audits;
  retention: RetentionDesk;
  replays: ReplayDesk;
  /** Without it there are no long exports. */
  longExports?: ExportDesk | undefined;
  epochs: Pick<EpochLog, 'list'>;
  /** The pipeline file, and why it is not in force as it is; absent where there is none. */
  pipelineFile?: { readonly path: string; readonly problem?: string | undefined } | undefined;
  /** By name of the dependency. */
  health: Readonly<Record<string, HealthCheck>>;
  logger: Logger;
  /** The keys that requests must bring; without it none is asked for. */
  keys?: KeyRing | undefined;
  /** What holds clients to their share; without it there are no limits. */
  limits?: Limits;
  /** Of this process, for GET /metrics. */
  metrics?: ApiMetrics;
  /** Aborts when the process is to end: open streams end then. */
  stopping?: AbortSignal;
  /** Time of day in milliseconds, for relative times in queries. */
  now?: () => number;
}
