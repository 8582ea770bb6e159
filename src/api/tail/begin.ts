import type { OpenRange } from './events';
import type { Feed } from './feed';
import { comparePoints, type Position } from './position';
import type { TailPoint, TailSource } from './ports';

/** Where a tail begins: behind a place, at a time in milliseconds since the epoch, or now. */
export interface TailStart {
  after?: Position | undefined;
  sinceMs?: number | undefined;
}

/** The place that a tail begins at, once the feed has one, and the ranges behind it of which nothing is stored. */
export async function findBeginning(
  { after, sinceMs }: TailStart,
  feed: Feed,
  source: TailSource,
  signal: AbortSignal,
): Promise<{ position: Position; gone: OpenRange[] }> {
  const target = feed.position!;
  if (after) return { position: after, gone: await findGone(after, target, feed, source, signal) };
  if (sinceMs === undefined) return { position: target, gone: [] };
  const found = await source.since(sinceMs, [...target.keys()], signal);
  const earlier = (partition: number, end: TailPoint) => {
    const point = found.get(partition) ?? end;
    return comparePoints(point, end) < 0 ? point : end;
  };
  return { position: new Map([...target].map(([partition, end]) => [partition, earlier(partition, end)])), gone: [] };
}

/** A place that lies before all that is stored has lost what came next: retention has deleted it. */
async function findGone(after: Position, target: Position, feed: Feed, source: TailSource, signal: AbortSignal) {
  const gone: OpenRange[] = [];
  for (const [partition, point] of after) {
    const end = target.get(partition);
    const first = feed.watermark.firstOf(partition);
    // Before the very first offset there is nothing, and the first ones may be dead letters.
    if (!end || comparePoints(point, end) >= 0 || (first && comparePoints(point, first) === 0)) continue;
    const [range] = feed.watermark.between(partition, point, end).ranges;
    if (!range) continue;
    const { first: stored = range.to, hasEarlier } = await source.begins(range, signal);
    if (!hasEarlier && stored > range.from) gone.push({ ...range, to: stored });
  }
  return gone;
}
