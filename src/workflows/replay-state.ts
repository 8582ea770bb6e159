import type { ReplayChunkResult } from '../activities/replay-chunk';
import { parseOffset } from '../domain/offsets';
import {
  addReplayCounts,
  freshProgress,
  offsetsLeft,
  sumReplayCounts,
  type ReplayFailure,
  type ReplayInput,
  type ReplayProgress,
  type ReplayRange,
  type ReplayStart,
  type ReplayState,
  type ReplayStatus,
} from '../domain/replay';
import { addShadow } from '../domain/shadow';

/** Steps of which the rate is taken. */
const RATE_STEPS = 20;

/** The state of one replay, without any of Temporal: what the messages change and the steps move. */
export class ReplayRun {
  start: ReplayStart | undefined;
  progress: ReplayProgress = freshProgress(0);
  pause: ReplayState['pause'];
  failure: ReplayFailure | undefined;
  cancelled = false;
  /** True while steps are under way. */
  active = false;
  underWay = 0;
  /** Steps that were begun in this run. */
  steps = 0;
  /** Ranges of the page that wait for their turn. */
  queue: ReplayRange[] = [];
  #landings: { at: number; offsets: number }[] = [];

  constructor({ carried }: ReplayInput) {
    if (!carried) return;
    this.start = carried.start;
    this.progress = carried.progress;
    this.pause = carried.pause;
  }

  /** Takes the plan; a workflow that goes on with a replay takes on what the earlier one has left. */
  begin(start: ReplayStart): void {
    const { progress, ...rest } = start;
    this.start = rest;
    this.progress = progress ?? freshProgress(start.findings.gone);
  }

  get pausing(): boolean {
    return this.pause !== undefined;
  }

  /** True when no further step may begin. */
  get stopped(): boolean {
    return this.pausing || this.cancelled || this.failure !== undefined;
  }

  /** True when nothing is left. */
  get done(): boolean {
    return this.start !== undefined && (this.start.dryRun || this.progress.page >= this.start.ranges);
  }

  get status(): ReplayStatus {
    if (this.failure) return 'failed';
    if (this.cancelled) return this.active ? 'cancelling' : 'cancelled';
    if (!this.start) return 'planning';
    if (this.done) return 'done';
    if (this.pausing) return this.active ? 'pausing' : 'paused';
    return 'running';
  }

  /** Lines up what is left of a page's ranges. */
  openPage(ranges: ReplayRange[]): void {
    const begun = new Map(this.progress.positions);
    this.queue = ranges.flatMap((range) => {
      const next = begun.get(range.partition);
      return next === null ? [] : [{ ...range, from: next ?? range.from }];
    });
  }

  closePage(size: number): void {
    this.progress = { ...this.progress, page: this.progress.page + size, positions: [] };
  }

  /**
   * Books what a step has done of a range, and lines up the rest behind the others.
   *
   * @throws RangeError when its fates do not add up to the offsets that it says are done
   */
  land(range: ReplayRange, { next, counts, shadow, epoch }: ReplayChunkResult, now: number): void {
    const offsets = parseOffset(next) - parseOffset(range.from);
    if (sumReplayCounts(counts) !== offsets) {
      throw new RangeError(`fates of ${range.from}-${next} sum to ${sumReplayCounts(counts)}`);
    }
    const { progress } = this;
    const left = next === range.to ? null : next;
    const others = progress.positions.filter(([partition]) => partition !== range.partition);
    const known = epoch === undefined || offsets === 0 || progress.epochs.includes(epoch);
    this.progress = {
      ...progress,
      positions: [...others, [range.partition, left]],
      counts: addReplayCounts(progress.counts, counts),
      epochs: known ? progress.epochs : [...progress.epochs, epoch].slice(-10),
      ...(shadow ? { shadow: progress.shadow ? addShadow(progress.shadow, shadow) : shadow } : {}),
    };
    if (left !== null) this.queue.push({ ...range, from: left });
    this.#landings = [...this.#landings, { at: now, offsets }].slice(-RATE_STEPS);
  }

  /** Work begins, or ends: pauses are left out of the rate. */
  restartClock(now: number): void {
    this.#landings = [{ at: now, offsets: 0 }];
  }

  worked(ms: number): void {
    this.progress = { ...this.progress, activeMs: this.progress.activeMs + ms };
  }

  /** Offsets a second over the latest steps. */
  get rate(): number | undefined {
    const [first, ...rest] = this.#landings;
    const last = rest.at(-1);
    if (!first || !last || last.at <= first.at) return undefined;
    const offsets = rest.reduce((sum, one) => sum + one.offsets, 0);
    return Math.round((offsets * 1000) / (last.at - first.at));
  }

  /** The answer to the `state` query. */
  get view(): ReplayState {
    const { status, start, progress, rate, pause, failure } = this;
    const { mode, findings } = start ?? {};
    const left = findings ? offsetsLeft(findings, progress) : undefined;
    const etaSeconds = status === 'running' && rate && left !== undefined ? Math.ceil(left / rate) : undefined;
    return { status, mode, findings, progress, rate, etaSeconds, pause, failure };
  }

  carry(input: ReplayInput): ReplayInput {
    const { start, progress, pause } = this;
    return { topic: input.topic, id: input.id, ...(start ? { carried: { start, progress, pause } } : {}) };
  }
}
