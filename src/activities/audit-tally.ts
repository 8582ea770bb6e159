import { noFindings, type AuditCounts, type AuditNames, type ForeignReason, type NameRoom } from '../domain/audit';
import { addName, noNames } from '../domain/audit-report';
import { formatOffset, parseOffset } from '../domain/offsets';
import type { PlacedDocument } from './audit-ports';

/** Offsets from `from` up to, not including, `to`. */
export interface Span {
  from: number;
  to: number;
}

const SHOWN_ID_LENGTH = 64;

/** Counts of one partition, and the names of what is wrong there; neighbours are named as one range. */
export class Tally {
  readonly counts: AuditCounts = noFindings();
  readonly names: AuditNames = noNames();
  /** Of those counted as expired, the ones that a record of the retention tells of. */
  recorded = 0;
  /** Offsets with a dead letter whose good log records have no document: the retention may have deleted them. */
  readonly bare: Span[] = [];

  constructor(
    private readonly partition: number,
    private readonly room: NameRoom,
    /** Told of what is missing. */
    private readonly onMissing: (span: Span) => void = () => undefined,
  ) {}

  count(what: keyof AuditCounts, by = 1): void {
    this.counts[what] += by;
  }

  expired(by: number, recorded: boolean): void {
    this.counts.expired += by;
    if (recorded) this.recorded += by;
  }

  range(kind: 'missing' | 'doubled' | 'unverifiable', { from, to }: Span): void {
    if (to <= from) return;
    this.counts[kind] += to - from;
    if (kind === 'missing') this.onMissing({ from, to });
    nameRange(this.names, kind, { partition: this.partition, from, to }, this.room);
  }

  /** An offset that has fewer documents than it must have, some or none. */
  lacking(span: Span, hasSome: boolean): void {
    if (hasSome) this.incomplete(span);
    else this.bare.push(span);
  }

  incomplete({ from, to }: Span): void {
    this.counts.incomplete += to - from;
    nameRange(this.names, 'missing', { partition: this.partition, from, to }, this.room);
  }

  foreign({ index, id }: Pick<PlacedDocument, 'index' | 'id'>, reason: ForeignReason): void {
    this.counts.foreign += 1;
    addName(this.names, 'foreign', { index, id: id.slice(0, SHOWN_ID_LENGTH), reason }, this.room);
  }
}

/** Names of both, the later ones behind, as far as there is room. */
export function joinNames(earlier: AuditNames, later: AuditNames, room: NameRoom): AuditNames {
  const names: AuditNames = {
    missing: [...earlier.missing],
    doubled: [...earlier.doubled],
    unverifiable: [...earlier.unverifiable],
    foreign: [...earlier.foreign],
  };
  for (const kind of ['missing', 'doubled', 'unverifiable'] as const) {
    for (const { partition, from, to } of later[kind]) {
      nameRange(names, kind, { partition, from: parseOffset(from), to: parseOffset(to) }, room);
    }
  }
  for (const one of later.foreign) addName(names, 'foreign', one, room);
  return names;
}

function nameRange(
  names: AuditNames,
  kind: 'missing' | 'doubled' | 'unverifiable',
  { partition, from, to }: Span & { partition: number },
  room: NameRoom,
): void {
  const last = names[kind].at(-1);
  if (last && last.partition === partition && last.to === formatOffset(from)) {
    names[kind][names[kind].length - 1] = { ...last, to: formatOffset(to) };
  } else addName(names, kind, { partition, from: formatOffset(from), to: formatOffset(to) }, room);
}
