import type { OffsetString } from './offsets';

/** What an audit is asked and what it answers: plain JSON, counts and ranges only, below 16 KiB. */

export const AUDIT_WORKFLOW_TYPE = 'auditTopic';

/** Workflow id of one audit: `audit/logs/20261124-101500-3f9a`. */
export function auditWorkflowId(topic: string, id: string): string {
  return `audit/${topic}/${id}`;
}

/** What of a topic is audited: all of it unless something narrows it. */
export interface AuditScope {
  partitions?: number[] | undefined;
  /** First offset, inclusive. */
  from?: OffsetString | undefined;
  /** Last offset, exclusive. */
  to?: OffsetString | undefined;
}

/** Offsets of a partition, from `from` up to, not including, `to`. */
export interface AuditRange {
  partition: number;
  from: OffsetString;
  to: OffsetString;
}

/**
 * - `id`: the id does not name the place that the document says it is from.
 * - `generation`: no topic of this name had this generation.
 * - `outside`: before the first offset of the account.
 * - `beyond_end`: behind the last offset that Kafka has.
 * - `no_place`: no partition of the topic, or no offset.
 */
export const FOREIGN_REASONS = ['id', 'generation', 'outside', 'beyond_end', 'no_place'] as const;
export type ForeignReason = (typeof FOREIGN_REASONS)[number];

/** A document that no record of the topic accounts for. */
export interface ForeignDocument {
  index: string;
  /** At most 64 characters of it. */
  id: string;
  reason: ForeignReason;
}

/** What an audit calls by name, each kind up to a limit; the counts are complete. */
export interface AuditNames {
  /** Kafka holds a record there; Elasticsearch lacks its document and its dead letter, or some of its documents. */
  missing: AuditRange[];
  /** More than one document, or a document and an open dead letter. */
  doubled: AuditRange[];
  /** Nothing is there, and Kafka no longer says what was. */
  unverifiable: AuditRange[];
  foreign: ForeignDocument[];
}
export type NameKind = keyof AuditNames;
export const NAME_KINDS = ['missing', 'doubled', 'unverifiable', 'foreign'] as const satisfies readonly NameKind[];

/** What was found in the judged offsets. */
export interface AuditCounts {
  /** Offsets with a document. */
  documents: number;
  /** Documents beside one for each of these: of messages with several log records, dead-lettered ones too. */
  moreDocuments: number;
  /** Offsets with a dead letter that stands for its record. */
  letters: number;
  /** Dead letters whose record was indexed after all. */
  redriven: number;
  /** Documents that messages have got since they were dead-lettered. */
  added: number;
  /** Offsets where Kafka holds a tombstone. */
  filtered: number;
  /** Offsets where Kafka holds no record. */
  void: number;
  /** Offsets without document or letter whose day the retention has deleted. */
  expired: number;
  missing: number;
  /** Offsets with some of their documents, or with a dead letter, that lack others. */
  incomplete: number;
  doubled: number;
  unverifiable: number;
  foreign: number;
  /** Documents of earlier topics of this name. */
  closed: number;
}

export function noFindings(): AuditCounts {
  return {
    documents: 0,
    moreDocuments: 0,
    letters: 0,
    redriven: 0,
    added: 0,
    filtered: 0,
    void: 0,
    expired: 0,
    missing: 0,
    incomplete: 0,
    doubled: 0,
    unverifiable: 0,
    foreign: 0,
    closed: 0,
  };
}

/** A sum that the ledger books beside what was found. */
export interface AuditSum {
  found: number;
  booked: number;
}

/** The account against what is there. */
export interface AuditSums {
  /** Documents, not offsets. */
  documents: AuditSum;
  letters: AuditSum;
  /** Offsets without either. */
  holes: AuditSum;
  /** Expired offsets; booked are the documents and open letters that the retention recorded. */
  expired?: AuditSum | undefined;
}

/** One partition's part of an audit. */
export interface PartitionAudit extends AuditRange {
  generation: number;
  /** Where the account is from: the workflow, or its mirrored commit. */
  source: 'workflow' | 'commit';
  counts: AuditCounts;
  /** Absent when only a part of the account was judged. */
  sums?: AuditSums | undefined;
  verdict: Verdict;
}
export type Verdict = 'clean' | 'differences';

/** The outcome of an audit, or what there is of it so far. */
export interface AuditReport {
  verdict: Verdict;
  counts: AuditCounts;
  names: AuditNames;
  /** Those with differences first; no more than fit. */
  partitions: PartitionAudit[];
  /** Partitions judged that are not listed. */
  omitted: number;
}

/** Answer of the audit workflow's `state` query. */
export interface AuditState {
  /** Partitions to judge in this audit. */
  total: number;
  judged: number;
  /** The partition being judged. */
  current?: number | undefined;
  report: AuditReport;
}

/** How many more of each kind may be named. */
export type NameRoom = Record<NameKind, number>;
