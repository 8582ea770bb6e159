import type { Expression } from '../query/expression';
import type { LogFilter } from '../logs/ports';
import { logText } from './events';
import type { LiveTail } from './feed';
import { entriesOf, formatPoint, type Position } from './position';
import type { TailHit, TailPage, TailPlace, TailRange, TailSource } from './ports';

/** Conditions of one search: Elasticsearch takes at least 1,024. */
const MAX_CONDITIONS = 500;
/** Logs of one search: whole records, of up to a megabyte each. */
const PAGE = 500;

/**
 * Gives the logs of ranges that have been found whole to the live tails whose filters they match. Tails that cannot be
 * given everything fall behind; the first failure is thrown once all others have been served.
 *
 * @param start where all the tails are
 */
export async function deliver(
  source: TailSource,
  ranges: readonly TailRange[],
  start: Position,
  live: ReadonlySet<LiveTail>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const group of groupsOf([...live])) {
    const tails = () => group.flatMap((same) => same.tails).filter((tail) => live.has(tail));
    try {
      let after: TailPlace | undefined;
      const ids = new EventIds(start, ranges);
      do {
        const filters = group.map(({ filter }) => filter);
        const page: TailPage = await source.read(ranges, filters, { size: PAGE, after });
        for (const hit of page.hits) offer(hit, group, live, ids.after(hit));
        after = page.after;
      } while (after && tails().length > 0);
    } catch (error) {
      failures.push(error);
      for (const tail of tails()) tail.fallBehind();
    }
  }
  if (failures.length > 0) throw failures[0] as Error;
}

function offer({ log, matched }: TailHit, group: readonly SameFilter[], live: ReadonlySet<LiveTail>, id: string): void {
  const texts = new Map<string, string>();
  for (const at of matched) {
    for (const tail of group[at]!.tails) {
      if (!live.has(tail)) continue;
      const { selection } = tail;
      const text = texts.get(selection.key) ?? logText(id, log, selection);
      texts.set(selection.key, text);
      tail.offer(text, id);
    }
  }
}

/** The id behind each log of some ranges, which come in order. */
export class EventIds {
  readonly #entries: string[];
  #at = 0;

  constructor(
    start: Position,
    private readonly ranges: readonly TailRange[],
  ) {
    this.#entries = entriesOf(start);
  }

  after({ partition, generation, offset, place }: TailHit): string {
    for (; this.#at < this.ranges.length; this.#at += 1) {
      const range = this.ranges[this.#at]!;
      if (range.partition === partition && range.generation === generation) break;
      this.#set(range.partition, formatPoint({ generation: range.generation, offset: range.to }));
    }
    // Whoever connects anew within a message goes on with its next log.
    const isInside = place !== undefined && place.part + 1 < place.of;
    const point = isInside ? { generation, offset, part: place.part + 1 } : { generation, offset: offset + 1 };
    this.#set(partition, formatPoint(point));
    return this.#entries.join(',');
  }

  #set(partition: number, entry: string): void {
    while (this.#entries.length <= partition) this.#entries.push('');
    this.#entries[partition] = entry;
  }
}

interface SameFilter {
  filter: LogFilter;
  tails: LiveTail[];
}

/** Tails with equal filters are one question, and questions go together as long as one search may hold them. */
function groupsOf(tails: readonly LiveTail[]): SameFilter[][] {
  const byKey = new Map<string, SameFilter>();
  for (const tail of tails) {
    const same = byKey.get(tail.key);
    if (same) same.tails.push(tail);
    else byKey.set(tail.key, { filter: tail.filter, tails: [tail] });
  }
  const groups: SameFilter[][] = [];
  let size = Infinity;
  for (const same of byKey.values()) {
    const conditions = conditionsOf(same.filter.where) + 2;
    if (size + conditions > MAX_CONDITIONS) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)!.push(same);
    size += conditions;
  }
  return groups;
}

function conditionsOf(where: Expression): number {
  if (where.kind === 'and' || where.kind === 'or') return where.parts.reduce((sum, one) => sum + conditionsOf(one), 1);
  return where.kind === 'not' ? 1 + conditionsOf(where.part) : 1;
}
