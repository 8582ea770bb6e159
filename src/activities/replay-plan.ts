import { PipelineError } from '../domain/errors';
import { expiredSpans, sumOfPartition } from '../domain/expiry';
import { formatOffset, parseOffset } from '../domain/offsets';
import type { PlannedRange, ReplayFindings, ReplayOrder, ReplayPlan, ReplayStart } from '../domain/replay';
import { keptSinceMs } from '../domain/retention';
import { contradictions, type ScoringRules } from '../scoring/rules';
import type { EpochSpan, PartitionProgress } from '../workflows/contract';
import { readExpired, type ExpiryDeps } from './expired-records';
import { beat } from './heartbeat';
import type { ReplayCensus, ReplayRuns, ReplayStore, ReplayTopic } from './replay-ports';

export interface ReplayPlanDeps extends ExpiryDeps {
  replayStore: ReplayStore;
  replayRuns: ReplayRuns;
  replayCensus: ReplayCensus;
  replayTopic: ReplayTopic;
  rules: ScoringRules;
}

/** Partitions that are asked at the same time. */
const SIDE_BY_SIDE = 10;

/**
 * Resolves what a replay was asked to what it does, once: an attempt that finds a plan, or a workflow that goes on
 * where an earlier one stopped, takes it as it is.
 */
export function createPlanReplay(deps: ReplayPlanDeps) {
  return async function planReplay({ topic, id }: { topic: string; id: string }): Promise<ReplayStart> {
    return beat(async () => {
      const stored = await deps.replayStore.read(id);
      if (!stored) throw new PipelineError('replay_missing', `there is no order of replay ${id}`);
      const { order, progress } = stored;
      if (order.topic !== topic) throw new PipelineError('replay_missing', `replay ${id} is of another topic`);
      const plan = (await deps.replayStore.readPlan(id)) ?? (await makePlan(order, deps));
      const { findings, ranges } = plan;
      await deps.replayStore.update(id, { findings, status: 'running', failure: null });
      const { mode, dryRun, recordsPerSecond } = order;
      return { mode, dryRun, recordsPerSecond, ranges: ranges.length, findings, progress };
    });
  };
}

async function makePlan(order: ReplayOrder, deps: ReplayPlanDeps): Promise<ReplayPlan> {
  const { id, rules } = order;
  const problems = rules ? contradictions({ ...deps.rules, ...rules }) : [];
  if (problems.length > 0) throw new PipelineError('replay_refused', `the rules contradict each other: ${problems[0]}`);
  // Everything that has its fate by now is found from here on: the ranges end where the accounts do.
  const resolved = await resolveRanges(order, deps);
  await deps.replayCensus.refresh();
  const findings = noFindings();
  const all = resolved.map(({ range }) => numbers(range));
  const deleted = await countDeleted(resolved, deps);
  const found = await deps.replayCensus.count(all);
  // What is left of days that are not kept any more is none of a replay's.
  const leftOver = await deps.replayCensus.count(
    resolved.map(({ range, expired }) => ({ ...numbers(range), ...expired })),
  );
  resolved.forEach(({ gone, beyond, expired }, position) => {
    const { from, to } = all[position]!;
    const documents = found[position]!.documents - leftOver[position]!.documents;
    const deadLetters = found[position]!.deadLetters - leftOver[position]!.deadLetters;
    findings.offsets += to - from;
    findings.documents += documents;
    findings.deadLetters += deadLetters;
    const past = length(expired) + deleted[position]!;
    findings.expired += past;
    findings.missing += Math.max(0, to - from - past - documents - deadLetters);
    findings.gone += gone;
    findings.beyond += beyond;
  });
  const plan = { ranges: resolved.map(({ range }) => range).filter(({ from, to }) => from !== to), findings };
  await deps.replayStore.writePlan(id, plan);
  // A second attempt may have been faster: what is kept is what counts.
  return (await deps.replayStore.readPlan(id)) ?? plan;
}

/**
 * By position, the offsets of which the retention has deleted documents and letters although the day rule would keep
 * them now: in the spans that it recorded, what is not there, and no more than it recorded.
 */
async function countDeleted(resolved: Resolved[], deps: ReplayPlanDeps): Promise<number[]> {
  const gone = await readExpired(deps);
  const spans = resolved.flatMap(({ range, expired }, position) => {
    const { generation, partition, from, to } = numbers(range);
    return expiredSpans(gone, range).flatMap((span) => {
      const rest = { from: Math.max(span.from, from, expired.to), to: Math.min(span.to, to) };
      return rest.from < rest.to ? [{ position, place: { generation, partition, ...rest } }] : [];
    });
  });
  const found = await deps.replayCensus.count(spans.map(({ place }) => place));
  const sums = resolved.map(() => 0);
  spans.forEach(({ position, place }, one) => {
    const { documents, deadLetters } = found[one]!;
    sums[position]! += Math.max(0, length(place) - documents - deadLetters);
  });
  return sums.map((holes, position) => {
    const { documents, open } = sumOfPartition(gone, resolved[position]!.range);
    return Math.min(holes, documents + open);
  });
}

function noFindings(): ReplayFindings {
  return { offsets: 0, documents: 0, deadLetters: 0, expired: 0, missing: 0, gone: 0, beyond: 0 };
}

function numbers({ generation, partition, from, to }: PlannedRange) {
  return { generation, partition, from: parseOffset(from), to: parseOffset(to) };
}

interface Resolved {
  range: PlannedRange;
  gone: number;
  beyond: number;
  expired: Span;
}

async function resolveRanges(order: ReplayOrder, deps: ReplayPlanDeps): Promise<Resolved[]> {
  const { topic, fromMs, toMs } = order;
  const ends = await asKafka(() => deps.replayTopic.ends(topic));
  const unknown = order.partitions?.find((partition) => !ends.has(partition));
  if (unknown !== undefined) {
    throw new PipelineError('replay_refused', `topic ${topic} has no partition ${unknown}, but ${ends.size} from 0`);
  }
  const at = async (ms: number | undefined) =>
    ms === undefined ? undefined : asKafka(() => deps.replayTopic.offsetsAt(topic, ms));
  const [timeFrom, timeTo, kept, oldest] = [
    await at(fromMs),
    await at(toMs),
    await at(keptSinceMs(Date.now(), deps.retentionDays)),
    await at(deps.oldestDay === undefined ? undefined : Date.parse(deps.oldestDay)),
  ];
  const partitions = order.partitions ?? [...ends.keys()].sort((a, b) => a - b);
  const resolved: Resolved[] = [];
  for (let start = 0; start < partitions.length; start += SIDE_BY_SIDE) {
    const some = partitions.slice(start, start + SIDE_BY_SIDE).map(async (partition) => {
      const progress = await deps.replayRuns.progress(topic, partition);
      const asked = {
        from: Math.max(order.from === undefined ? 0 : parseOffset(order.from), timeFrom?.get(partition) ?? 0),
        to: Math.min(order.to === undefined ? Infinity : parseOffset(order.to), timeTo?.get(partition) ?? Infinity),
      };
      const expiry = { from: oldest?.get(partition) ?? 0, to: kept?.get(partition) ?? 0 };
      return resolveRange(partition, asked, ends.get(partition)!, expiry, progress);
    });
    resolved.push(...(await Promise.all(some)));
  }
  return resolved;
}

interface Span {
  from: number;
  to: number;
}

/** What of a wish can be done: offsets that Kafka still has, of the account as it is, and that have their fate. */
export function resolveRange(
  partition: number,
  asked: Span,
  ends: { low: number; high: number },
  expiry: Span,
  { generation, topicId, ledger, epochs }: PartitionProgress,
): Resolved {
  const [first, next] = [parseOffset(ledger.first), parseOffset(ledger.next)];
  const start = Math.max(asked.from, first);
  const to = Math.max(start, Math.min(asked.to, next));
  const from = Math.min(to, Math.max(start, ends.low));
  return {
    range: {
      partition,
      from: formatOffset(from),
      to: formatOffset(to),
      generation,
      ...(topicId === undefined ? {} : { topicId }),
      epochs: spansOf(epochs, first, { from, to }),
    },
    gone: from - start,
    beyond: length({ from: Math.max(next, asked.from), to: Math.min(asked.to, ends.high) }),
    expired: clip({ from: Math.max(from, expiry.from), to: Math.min(to, expiry.to) }),
  };
}

function length({ from, to }: Span): number {
  return Math.max(0, to - from);
}

function clip({ from, to }: Span): Span {
  return { from, to: Math.max(from, to) };
}

/**
 * The epochs of a range. The oldest ones are forgotten by the account: what they covered gets the lowest number there
 * is, which overwrites no document.
 */
function spansOf(epochs: readonly EpochSpan[], first: number, { from, to }: Span): EpochSpan[] {
  const known = epochs[0] && parseOffset(epochs[0].from) <= first;
  const all = known ? epochs : [{ number: 1, from: formatOffset(first) }, ...epochs];
  return all.filter((span, position) => {
    const end = all[position + 1]?.from;
    return parseOffset(span.from) < to && (end === undefined || parseOffset(end) > from);
  });
}

async function asKafka<T>(ask: () => Promise<T>): Promise<T> {
  return ask().catch((cause: unknown) => {
    if (cause instanceof PipelineError) throw cause;
    throw new PipelineError('kafka_unavailable', 'the topic cannot be looked at', { cause });
  });
}
