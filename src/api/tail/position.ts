import type { TailPoint, TailRange } from './ports';

/** How far a tail has come in each partition. */
export type Position = ReadonlyMap<number, TailPoint>;

/** Text that is longer, or names more partitions, is no position: a request's headers hold 16 kB. */
const MAX_LENGTH = 12_000;
const MAX_PARTITIONS = 2000;
const ENTRY = /^(?:(\d{1,4})\.)?(\d{1,16})$/;

/**
 * The id of an event: next offsets of partitions 0, 1 and so on, separated by commas: `4711,4800`. Generations from the
 * second on stand before their offset, `2.15`; a partition that nothing is known of is empty.
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

export function formatPoint({ generation, offset }: TailPoint): string {
  return generation === 1 ? String(offset) : `${generation}.${offset}`;
}

/** @returns undefined for what no event of ours has as its id */
export function parsePosition(text: string): Position | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const entries = text.split(',');
  if (entries.length > MAX_PARTITIONS) return undefined;
  const position = new Map<number, TailPoint>();
  for (const [partition, entry] of entries.entries()) {
    if (entry === '') continue;
    const [, generation = '1', offset] = ENTRY.exec(entry) ?? [];
    const point = { generation: Number(generation), offset: Number(offset) };
    if (!Number.isSafeInteger(point.offset) || point.generation < 1) return undefined;
    position.set(partition, point);
  }
  return position.size === 0 ? undefined : position;
}

/** Below 0 when `a` lies before `b`, 0 when they are the same place. */
export function comparePoints(a: TailPoint, b: TailPoint): number {
  return a.generation - b.generation || a.offset - b.offset;
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
    if (taken > 0) cut.push({ ...range, to: range.from + taken });
    if (range.from + taken < range.to) kept.push({ ...range, from: range.from + taken });
  }
  return { cut, kept };
}
