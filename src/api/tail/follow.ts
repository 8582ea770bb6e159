import { PipelineError } from '../../domain/errors';
import { findBeginning, type TailStart } from './begin';
import { EventIds } from './deliver';
import { logText, type OpenRange } from './events';
import { MAX_RANGES, type Feed } from './feed';
import { comparePoints, cutFront, formatPosition, lengthOf, parsePosition, type Position } from './position';
import type { TailPlace, TailPoint, TailRange, TailSource } from './ports';
import type { Tail } from './tail';

export interface FollowDeps {
  feed: Feed;
  source: TailSource;
  /** Runs a search when it is its turn: tails that lie behind share few. */
  inTurn: <T>(search: () => Promise<T>) => Promise<T>;
  /** Offsets of a partition that a tail may lie behind. */
  maxBehind: number;
  onDropped: (offsets: number) => void;
}

/** Logs of one search of a tail that lies behind: they wait in memory for a client that may be slow. */
const PAGE = 100;
/** Rounds of the feed after which a place that it does not come to is one that does not exist. */
const MAX_ROUNDS_AHEAD = 60;

/**
 * Brings a tail all that there is from its beginning on, until the signal aborts: out of the store while it lies behind,
 * and then with the feed. Ends the stream when Elasticsearch refuses its query.
 */
export async function follow(tail: Tail, start: TailStart, deps: FollowDeps, signal: AbortSignal): Promise<void> {
  const { feed, source } = deps;
  let begun = false;
  let roundsAhead = 0;
  while (!signal.aborted) {
    try {
      if (!feed.position) {
        await feed.nextRound();
        continue;
      }
      if (!begun) {
        const { position, gone } = await deps.inTurn(() => findBeginning(start, feed, source, signal));
        tail.moveOn(formatPosition(position));
        if (gone.length > 0) tail.say('missing', { reason: 'not_stored', ranges: gone });
        begun = true;
      }
      if (feed.join(tail, tail.id)) {
        await tail.whileLive(signal);
        roundsAhead = 0;
        continue;
      }
      await tail.room(signal);
      if (await catchUp(tail, deps, signal)) continue;
      await feed.nextRound();
      if (feed.state.state === 'live') roundsAhead += 1;
      if (roundsAhead >= MAX_ROUNDS_AHEAD) stepBack(tail, feed);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof PipelineError)) {
        tail.say('end', { reason: 'query_refused' });
        tail.end();
        return;
      }
      await feed.nextRound();
    }
  }
}

/** @returns false when the feed has nothing to be caught up with */
async function catchUp(tail: Tail, deps: FollowDeps, signal: AbortSignal): Promise<boolean> {
  const { feed, source } = deps;
  const plan = planRanges(parsePosition(tail.id) ?? new Map(), feed, deps.maxBehind);
  if (plan.unknown.length > 0) {
    tail.moveOn(formatPosition(plan.start));
    tail.say('missing', { reason: 'generation_unknown', ranges: plan.unknown });
  }
  if (plan.dropped.length > 0) {
    const offsets = lengthOf(plan.dropped);
    deps.onDropped(offsets);
    tail.moveOn(formatPosition(plan.start));
    tail.say('dropped', { reason: 'too_far_behind', offsets, ranges: plan.dropped });
  }
  if (tail.wasSlow()) tail.say('limit', { reason: 'slow_reader', behind: lengthOf(plan.ranges) });
  const end = formatPosition(plan.end);
  if (plan.ranges.length > 0) {
    for (const note of feed.notes) if (plan.ranges.some((range) => holds(range, note))) tail.say('incomplete', note);
    const ids = new EventIds(plan.start, plan.ranges);
    let after: TailPlace | undefined;
    do {
      const page = { size: PAGE, after };
      const found = await deps.inTurn(() => source.read(plan.ranges, [tail.filter], page, signal));
      for (const hit of found.hits) {
        await tail.room(signal);
        if (signal.aborted) return true;
        const id = ids.after(hit);
        tail.log(logText(id, hit.log, tail.selection), id);
      }
      after = found.after;
    } while (after);
  }
  const moved = tail.id !== end;
  tail.moveOn(end);
  return moved || plan.ranges.length > 0;
}

/** What lies between a tail and the feed, in the order of partitions. */
function planRanges(position: Position, { position: target = new Map(), watermark }: Feed, maxBehind: number) {
  const start = new Map(position);
  const end = new Map(position);
  const ranges: TailRange[] = [];
  const dropped: TailRange[] = [];
  const unknown: OpenRange[] = [];
  for (const [partition, goal] of [...target].sort(([a], [b]) => a - b)) {
    // A partition that the place does not know is newer than it.
    const from = position.get(partition) ?? watermark.firstOf(partition) ?? goal;
    start.set(partition, from);
    // Ahead of the feed, when another process of the API has read the ledger later; or the turn of the next search.
    if (comparePoints(from, goal) > 0 || ranges.length >= MAX_RANGES) {
      end.set(partition, from);
      continue;
    }
    end.set(partition, goal);
    const between = watermark.between(partition, from, goal);
    for (const generation of between.unknown) {
      unknown.push({ partition, generation, from: generation === from.generation ? from.offset : 0, to: null });
    }
    const { cut, kept } = cutFront(between.ranges, Math.max(0, lengthOf(between.ranges) - maxBehind));
    dropped.push(...cut);
    ranges.push(...kept);
    if (cut.length > 0 || between.unknown.length > 0) start.set(partition, kept[0] ? beginOf(kept[0]) : goal);
  }
  return { start, end, ranges, dropped, unknown };
}

/** Gives up places that the feed never comes to; those that Kafka may still hold are waited for. */
function stepBack(tail: Tail, { position: target = new Map(), ends }: Feed): void {
  const position = new Map(parsePosition(tail.id) ?? []);
  const ranges: OpenRange[] = [];
  for (const [partition, point] of position) {
    const goal = target.get(partition);
    if (goal && comparePoints(point, goal) <= 0) continue;
    const known = goal?.generation === point.generation && (ends.get(partition) ?? -1) >= point.offset;
    if (known) continue;
    const { generation } = point;
    ranges.push({ partition, generation, from: goal?.generation === generation ? goal.offset : 0, to: point.offset });
    if (goal) position.set(partition, goal);
    else position.delete(partition);
  }
  if (ranges.length === 0) return;
  tail.moveOn(formatPosition(position));
  tail.say('missing', { reason: 'beyond_end', ranges });
}

function beginOf({ generation, from, fromPart }: TailRange): TailPoint {
  return { generation, offset: from, part: fromPart };
}

function holds(range: TailRange, note: TailRange): boolean {
  const same = range.partition === note.partition && range.generation === note.generation;
  return same && range.from <= note.from && note.to <= range.to;
}
