import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { PipelineError, type PipelineErrorCode } from '../domain/errors';
import { formatOffset, parseOffset, type OffsetGap, type OffsetString } from '../domain/offsets';
import {
  addReplayCounts,
  noReplayCounts,
  type PlannedRange,
  type ReplayCounts,
  type ReplayOrder,
  type ReplayRange,
} from '../domain/replay';
import { addShadow, emptyShadow, type ShadowReport } from '../domain/shadow';
import { beat } from './heartbeat';
import { demandEpoch } from './pull-batch';
import type { ReplayRuns, ReplaySource, ReplayStore } from './replay-ports';
import { compareStretch, type ShadowDeps } from './replay-shadow';
import { writeStretch, type ReplayWriteDeps, type StretchState } from './replay-write';

export interface ReplayChunkInput extends ReplayRange {
  topic: string;
  id: string;
  /** Records a second, at most. */
  recordsPerSecond?: number | undefined;
}

/** What a step has done: all of it when `next` is the end of its range. Also what it leaves to its next attempt. */
export interface ReplayChunkResult {
  next: OffsetString;
  counts: ReplayCounts;
  shadow?: ShadowReport | undefined;
  /** Of a rescore. */
  epoch?: number | undefined;
}

/** What travels in heartbeats and failures. */
interface ChunkState extends ReplayChunkResult {
  /** Attempts that fell silent: their process died or froze. */
  lost?: number | undefined;
  /** Set when the attempt failed and so was not lost. */
  failed?: boolean | undefined;
  /** The stretch that is being written. */
  stretch?: StretchState | undefined;
}

/** What a replay cannot have any more of Kafka. */
const GONE: ReadonlySet<string> = new Set<PipelineErrorCode>(['offset_out_of_range', 'batch_unreadable']);

export interface ReplayChunkDeps extends ReplayWriteDeps, ShadowDeps {
  replayStore: ReplayStore;
  replayRuns: ReplayRuns;
  replaySource: ReplaySource;
  rulesHash: string;
  /** Aborted when this worker stops. */
  draining: AbortSignal;
}

/** Records that are in memory at the same time, and their bytes; one larger record still goes alone. */
const STRETCH_RECORDS = 2500;
const STRETCH_BYTES = 4 * 1024 * 1024;

/**
 * A step of a replay: takes a range stretch by stretch, each read, judged and written before the next one. It ends
 * early, behind a whole stretch, when it is cancelled or its worker stops: where it stands is always exact.
 *
 * A failure's first detail is what was done by then, which also travels in the heartbeat.
 */
export function createReplayChunk(deps: ReplayChunkDeps) {
  return async function replayChunk(input: ReplayChunkInput): Promise<ReplayChunkResult> {
    const context = Context.current();
    const earlier = context.info.heartbeatDetails as ChunkState | undefined;
    const chunk = new Chunk(input, startOf(input, earlier), deps);
    // A process may die before the first beat is due, and the next attempt must know.
    context.heartbeat(chunk.state);
    return beat(
      async () => {
        try {
          return await chunk.run(AbortSignal.any([context.cancellationSignal, deps.draining]));
        } catch (error) {
          chunk.state = { ...chunk.state, failed: true };
          throw withState(error, chunk.state);
        }
      },
      () => chunk.state,
    );
  };
}

function startOf({ from }: ReplayChunkInput, earlier: ChunkState | undefined): ChunkState {
  if (!earlier) return { next: from, counts: noReplayCounts() };
  const { failed, lost = 0, ...state } = earlier;
  return { ...state, lost: failed ? lost : lost + 1 };
}

class Chunk {
  constructor(
    private readonly input: ReplayChunkInput,
    public state: ChunkState,
    private readonly deps: ReplayChunkDeps,
  ) {}

  async run(stopping: AbortSignal): Promise<ReplayChunkResult> {
    const { order, range } = await this.#read();
    const end = parseOffset(this.input.to);
    const [startedAt, startedFrom] = [Date.now(), parseOffset(this.state.next)];
    const epoch = order.mode === 'shadow' ? undefined : await this.deps.replayRuns.epoch(this.input.topic);
    if (epoch) demandEpoch(epoch, this.deps.rulesHash);
    if (order.mode === 'rescore') this.state.epoch = epoch!.number;
    while (parseOffset(this.state.next) < end && !stopping.aborted) {
      await this.#stretch(order, range, epoch?.number ?? 0);
      await this.#pace(startedAt, parseOffset(this.state.next) - startedFrom, stopping);
    }
    const { next, counts, shadow, epoch: number } = this.state;
    return { next, counts, ...(shadow ? { shadow } : {}), ...(number === undefined ? {} : { epoch: number }) };
  }

  async #read(): Promise<{ order: ReplayOrder; range: PlannedRange }> {
    const { id, partition } = this.input;
    const [stored, plan] = await Promise.all([this.deps.replayStore.read(id), this.deps.replayStore.readPlan(id)]);
    const range = plan?.ranges.find((one) => one.partition === partition);
    if (!stored || !range) throw new PipelineError('replay_missing', `there is no plan of replay ${id}`);
    return { order: stored.order, range };
  }

  async #stretch(order: ReplayOrder, range: PlannedRange, newest: number): Promise<void> {
    const { topic, partition, recordsPerSecond = Infinity } = this.input;
    const from = parseOffset(this.state.next);
    const span = epochAt(range, from);
    const before = Math.min(parseOffset(this.input.to), order.mode === 'repair' ? span.end : Infinity);
    const maxRecords = Math.max(1, Math.min(STRETCH_RECORDS, Math.ceil(recordsPerSecond)));
    const place = { partition, from, before, topicId: range.topicId };
    // A stretch that has begun is brought to its end: so the position says what is done.
    const signal = new AbortController().signal;
    const taken = await this.deps.replaySource
      .take(place, { maxRecords, maxBytes: STRETCH_BYTES }, signal)
      .catch((error: unknown) => this.#skipGap(error, before));
    if (!taken || taken.to === from) return;
    const { generation, topicId } = range;
    const ref = {
      ...{ topic, generation, topicId, partition, from: this.state.next, to: formatOffset(taken.to) },
      ...{ count: taken.records.length, bytes: taken.bytes },
    };
    const counts = { ...noReplayCounts(), void: taken.to - from - taken.records.length };
    if (order.mode === 'shadow') {
      const { counts: compared, shadow } = await compareStretch(ref, taken.records, order.rules ?? {}, this.deps);
      this.#done(taken.to, addReplayCounts(counts, compared), shadow);
      return;
    }
    const epoch = order.mode === 'repair' ? span.number : newest;
    const { stretch: earlier, lost = 0 } = this.state;
    const onState = (stretch: StretchState) => (this.state = { ...this.state, stretch });
    const written = await writeStretch(ref, taken.records, { epoch, earlier, lost, onState }, this.deps);
    this.#done(taken.to, addReplayCounts(counts, written));
  }

  /** Kafka has deleted the start of what is left, or it cannot be read any more. */
  #skipGap(error: unknown, before: number): undefined {
    if (!(error instanceof PipelineError) || !GONE.has(error.code)) throw error;
    const gap = error.options.details?.at(-1) as OffsetGap | undefined;
    const from = parseOffset(this.state.next);
    const to = Math.min(before, gap ? parseOffset(gap.to) : from);
    if (to <= from) throw error;
    this.#done(to, { ...noReplayCounts(), gone: to - from });
  }

  #done(next: number, counts: ReplayCounts, shadow?: ShadowReport): void {
    const { state } = this;
    this.state = {
      ...state,
      stretch: undefined,
      next: formatOffset(next),
      counts: addReplayCounts(state.counts, counts),
      ...(shadow ? { shadow: addShadow(state.shadow ?? emptyShadow(), shadow) } : {}),
    };
  }

  /** Waits until so many offsets may have been done. */
  async #pace(startedAt: number, done: number, stopping: AbortSignal): Promise<void> {
    const { recordsPerSecond } = this.input;
    if (recordsPerSecond === undefined) return;
    const wait = startedAt + (done / recordsPerSecond) * 1000 - Date.now();
    if (wait > 0) await sleep(wait, undefined, { signal: stopping }).catch(() => undefined);
  }
}

/** The epoch of an offset, and the offset at which the next one begins. */
function epochAt({ epochs }: PlannedRange, offset: number): { number: number; end: number } {
  let position = epochs.length - 1;
  while (position > 0 && parseOffset(epochs[position]!.from) > offset) position -= 1;
  const next = epochs[position + 1];
  return { number: epochs[position]!.number, end: next ? parseOffset(next.from) : Infinity };
}

function withState(error: unknown, state: ChunkState): unknown {
  if (!(error instanceof PipelineError)) return error;
  return new PipelineError(error.code, error.message, { ...error.options, details: [state] });
}
