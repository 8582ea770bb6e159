import type { TailPoint, TailRange } from './ports';

/** How far a tail has come in each partition. */
export type Position = ReadonlyMap<number, TailPoint>;

/** Text that is longer, or names more partitions, is no position: a request's headers hold 16 kB. */
const MAX_LENGTH = 12_000;
const MAX_PARTITIONS = 2000;
const ENTRY = /^(?:(\d{1,4})\.)?(\d{1,16})(?:-([1-9]\d{0,3}))?$/;

/**
 * The id of an event: next offsets of partitions 0, 1 and so on, separated by commas: `4711,4800`. Generations from the
 * second on stand before their offset, `2.15`; a partition that nothing is known of is empty. Within a message that holds
 * several logs, how many of them are behind stands behind its offset, `4711-2`.
 */
export function formatPosition(position: Position): string {
  return entriesOf(position).join(',');
}

/** The parts of {@link formatPosition}, by partition. */
export function entriesOf(position: Position): string[] {
  const entries: string[] = [];
  for (const [partition, point] of position) {
    while (entries.length <= partition) entries.push('');
    entries[partition] = formatPoint(point);
  }
  return entries;
}

export function formatPoint({ generation, offset, part }: TailPoint): string {
  const place = part === undefined ? String(offset) : `${offset}-${part}`;
  return generation === 1 ? place : `${generation}.${place}`;
}

/** @returns undefined for what no event of ours has as its id */
export function parsePosition(text: string): Position | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const entries = text.split(',');
  if (entries.length > MAX_PARTITIONS) return undefined;
  const position = new Map<number, TailPoint>();
  for (const [partition, entry] of entries.entries()) {
    if (entry === '') continue;
    const [, generation = '1', offset, part] = ENTRY.exec(entry) ?? [];
    const place = { generation: Number(generation), offset: Number(offset) };
    const point = part === undefined ? place : { ...place, part: Number(part) };
    if (!Number.isSafeInteger(point.offset) || point.generation < 1) return undefined;
    position.set(partition, point);
  }
  return position.size === 0 ? undefined : position;
}

/** Below 0 when `a` lies before `b`, 0 when they are the same place. */
export function comparePoints(a: TailPoint, b: TailPoint): number {
  return a.generation - b.generation || a.offset - b.offset || (a.part ?? 0) - (b.part ?? 0);
}

export function lengthOf(ranges: readonly TailRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** The ranges without their first `offsets` offsets, and what was cut off. */
export function cutFront(ranges: readonly TailRange[], offsets: number): { cut: TailRange[]; kept: TailRange[] } {
  const cut: TailRange[] = [];
  const kept: TailRange[] = [];
  let left = offsets;
  for (const range of ranges) {
    const taken = Math.min(left, range.to - range.from);
    left -= taken;
    if (taken === 0) kept.push(range);
    else {
      const { partition, generation, from, to } = range;
      const middle = from + taken;
      cut.push({ partition, generation, from, to: middle });
      if (middle < to) kept.push({ partition, generation, from: middle, to });
    }
  }
  return { cut, kept };
}
