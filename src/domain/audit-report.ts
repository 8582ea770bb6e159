import {
  NAME_KINDS,
  noFindings,
  type AuditCounts,
  type AuditNames,
  type AuditReport,
  type NameKind,
  type NameRoom,
  type PartitionAudit,
} from './audit';

/** Names of a kind, at most. */
const MAX_NAMES = 100;
/** Bytes of JSON that the names of one kind, and the list of partitions, may take: 15 KiB in all. */
const NAME_BYTES: Record<NameKind, number> = { missing: 2500, doubled: 2500, unverifiable: 1500, foreign: 3500 };
const PARTITION_BYTES = 4500;

export function noNames(): AuditNames {
  return { missing: [], doubled: [], unverifiable: [], foreign: [] };
}

export function emptyReport(): AuditReport {
  return { verdict: 'clean', counts: noFindings(), names: noNames(), partitions: [], omitted: 0 };
}

/** Adds a name unless its kind has as many as may be told; it is counted elsewhere in any case. */
export function addName<K extends NameKind>(
  names: AuditNames,
  kind: K,
  name: AuditNames[K][number],
  room: NameRoom,
): void {
  const list = names[kind] as AuditNames[K][number][];
  if (list.length >= room[kind] || JSON.stringify([...list, name]).length > NAME_BYTES[kind]) return;
  list.push(name);
}

/** What a report has room for still. */
export function roomIn({ names }: Pick<AuditReport, 'names'>): NameRoom {
  const room = (kind: NameKind) => MAX_NAMES - names[kind].length;
  return Object.fromEntries(NAME_KINDS.map((kind) => [kind, room(kind)])) as NameRoom;
}

export function addCounts(one: AuditCounts, other: AuditCounts): AuditCounts {
  const sum = noFindings();
  // What was counted by an earlier version may lack a name.
  const of = (counts: Partial<AuditCounts>, name: keyof AuditCounts) => counts[name] ?? 0;
  for (const name of Object.keys(sum) as (keyof AuditCounts)[]) sum[name] = of(one, name) + of(other, name);
  return sum;
}

/** The report with another partition, or with counts and names of none. Pure; the report stays below 16 KiB. */
export function addToReport(
  report: AuditReport,
  found: { counts: AuditCounts; names: AuditNames; partition?: PartitionAudit | undefined },
): AuditReport {
  const names = structuredCopy(report.names);
  const room = Object.fromEntries(NAME_KINDS.map((kind) => [kind, MAX_NAMES])) as NameRoom;
  for (const kind of NAME_KINDS) for (const name of found.names[kind]) addName(names, kind, name, room);
  const differs = found.partition ? found.partition.verdict === 'differences' : found.counts.foreign > 0;
  const all = [...report.partitions, ...(found.partition ? [found.partition] : [])];
  const sorted = [...all].sort(differencesFirst);
  const partitions: PartitionAudit[] = [];
  for (const one of sorted) if (JSON.stringify([...partitions, one]).length <= PARTITION_BYTES) partitions.push(one);
  return {
    verdict: differs ? 'differences' : report.verdict,
    counts: addCounts(report.counts, found.counts),
    names,
    partitions,
    omitted: report.omitted + all.length - partitions.length,
  };
}

function differencesFirst(one: PartitionAudit, other: PartitionAudit): number {
  const rank = ({ verdict }: PartitionAudit) => (verdict === 'differences' ? 0 : 1);
  return rank(one) - rank(other) || one.partition - other.partition;
}

function structuredCopy(names: AuditNames): AuditNames {
  return {
    missing: [...names.missing],
    doubled: [...names.doubled],
    unverifiable: [...names.unverifiable],
    foreign: [...names.foreign],
  };
}
