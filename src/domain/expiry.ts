import { letterIndexPrefix } from './dead-letter';
import { formatOffset, parseOffset, type OffsetString } from './offsets';

/** What is deleted for its age: the documents of records, and dead letters. */
export type ExpiryKind = 'logs' | 'dead_letters';

/** An index of one day. */
export interface DayIndex {
  index: string;
  /** `2026.11.22`. */
  day: string;
  /** Elasticsearch's id of it: an index of the same name that comes later is another one. */
  uuid: string;
  documents: number;
  bytes: number;
}

/** What an index held of one partition. */
export interface ExpiredPart {
  generation: number;
  partition: number;
  documents: number;
  /** Of dead letters: those whose record has a document by now. */
  settled: number;
  /** Of dead letters: documents that their messages have got since; `settled` when absent. */
  added?: number | undefined;
  from: OffsetString;
  /** Behind the last offset. */
  to: OffsetString;
}

/** The record of a deletion, kept for good: it tells what is not to be looked for any more. */
export interface ExpiredIndex {
  topic: string;
  kind: ExpiryKind;
  index: string;
  uuid: string;
  day: string;
  documents: number;
  /** ISO time. */
  expiredAt: string;
  parts: ExpiredPart[];
}

/** What became of the indices of one kind, and what is left. */
export interface KindReport {
  /** `2026.11.22`: days before it go. */
  oldestKept: string;
  kept: number;
  /** Oldest first, as many as fit. */
  expired: { index: string; documents: number }[];
  /** Expired ones that did not fit. */
  omitted: number;
}

/** Result of a retention run: what was deleted, or would be when it was a dry run. */
export interface RetentionReport {
  dryRun: boolean;
  /** ISO time. */
  at: string;
  logs: KindReport;
  deadLetters: KindReport;
  /** Settings and mappings that were not as the worker's version asks for; absent when they could not be looked for. */
  drift?: number | undefined;
  /** Indices of past days that Elasticsearch was asked to merge; absent in a dry run, or when that failed or is not wanted. */
  merging?: string[] | undefined;
}

export interface RetentionInput {
  topic: string;
  /** Deletes nothing and only says what would go. */
  dryRun?: boolean | undefined;
}

export const RETENTION_WORKFLOW = 'keepRetention';

/** Id of the Temporal Schedule: `retention/logs`. */
export function retentionScheduleId(topic: string): string {
  return `retention/${topic}`;
}

/** Workflow id of a retention run; the schedule's own are `retention/logs/hourly-` and the time. */
export function retentionWorkflowId(topic: string, id: string): string {
  return `retention/${topic}/${id}`;
}

/** The index of the records of what was deleted; like those of the letters, no search over `PREFIX-*` meets it. */
export function expiryIndex(indexPrefix: string): string {
  return `${letterIndexPrefix(indexPrefix)}-expired`;
}

/** Offsets from `from` up to, not including, `to`. */
export interface ExpiredSpan {
  from: number;
  to: number;
}

/** Records of deletions that were carried out: of one that was not, the index of that id is there still. */
export function carriedOut(expired: readonly ExpiredIndex[], live: readonly DayIndex[]): ExpiredIndex[] {
  const there = new Set(live.map(({ index, uuid }) => `${index} ${uuid}`));
  return expired.filter(({ index, uuid }) => !there.has(`${index} ${uuid}`));
}

/** The offsets of a partition between which something was deleted for its age: ascending, apart from each other. */
export function expiredSpans(
  expired: readonly ExpiredIndex[],
  { generation, partition }: { generation: number; partition: number },
): ExpiredSpan[] {
  const spans = expired
    .flatMap(({ parts }) => parts)
    .filter((part) => part.generation === generation && part.partition === partition)
    .map(({ from, to }) => ({ from: parseOffset(from), to: parseOffset(to) }))
    .sort((a, b) => a.from - b.from);
  const apart: ExpiredSpan[] = [];
  for (const span of spans) {
    const last = apart.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else apart.push({ ...span });
  }
  return apart;
}

/** What was deleted of one partition. */
export interface ExpiredSum {
  documents: number;
  /** Dead letters whose record had no document, and those whose record had one. */
  open: number;
  settled: number;
  /** Documents that the messages of dead letters had got since. */
  added: number;
}

/** What was deleted of one partition, summed. */
export function sumOfPartition(
  expired: readonly ExpiredIndex[],
  { generation, partition }: { generation: number; partition: number },
): ExpiredSum {
  const sum: ExpiredSum = { documents: 0, open: 0, settled: 0, added: 0 };
  for (const { kind, parts } of expired) {
    for (const part of parts) {
      if (part.generation !== generation || part.partition !== partition) continue;
      if (kind === 'logs') sum.documents += part.documents;
      else {
        sum.open += part.documents - part.settled;
        sum.settled += part.settled;
        sum.added += part.added ?? part.settled;
      }
    }
  }
  return sum;
}

/** What was deleted so far, summed by generation and partition, ascending. */
export function sumExpired(expired: readonly ExpiredIndex[]) {
  const sums = new Map<
    string,
    { documents: number; letters: number } & Omit<ExpiredPart, 'documents' | 'settled' | 'added'>
  >();
  for (const { kind, parts } of expired) {
    for (const { generation, partition, documents, from, to } of parts) {
      const key = `${generation} ${partition}`;
      const sum = sums.get(key) ?? { generation, partition, documents: 0, letters: 0, from, to };
      sums.set(key, {
        ...sum,
        documents: sum.documents + (kind === 'logs' ? documents : 0),
        letters: sum.letters + (kind === 'logs' ? 0 : documents),
        from: formatOffset(Math.min(parseOffset(sum.from), parseOffset(from))),
        to: formatOffset(Math.max(parseOffset(sum.to), parseOffset(to))),
      });
    }
  }
  return [...sums.values()].sort((a, b) => a.generation - b.generation || a.partition - b.partition);
}
