import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { ReplayChunkResult } from '../activities/replay-chunk';
import { offsetsLeft, REPLAY_PAGE, type ReplayInput, type ReplayState } from '../domain/replay';
import { parseOffset, formatOffset } from '../domain/offsets';
import { replaying, replayRecords } from './activity-options';
import { ReplayRun } from './replay-state';
import { takeJobMessages } from './job-messages';
import { haltReason, progressBy } from './step-failures';

/** Steps under way at the same time: the live pipeline comes first. */
const WINDOW = 2;
/** Offsets of one step; under a cap, what may be done of it in so many seconds. */
const CHUNK_OFFSETS = 20_000;
const CHUNK_SECONDS = 5;
/** Steps after which a run ends and the next one goes on. */
const MAX_STEPS = 1000;
/** How often it is kept where the replay stands. */
const SAVE_MS = 30_000;

/**
 * Replays ranges of a topic beside the live pipeline, a step at a time, the partitions by turns. It holds only where
 * each stands and how many offsets met which fate. Paused or cancelled, by message or from Temporal itself, it lets
 * every step end behind what it has in hand, so that whoever goes on begins exactly there.
 */
export async function replayTopic(input: ReplayInput): Promise<ReplayState> {
  const run = new ReplayRun(input);
  takeJobMessages(run, () => show(run));
  const root = CancellationScope.current();
  root.cancelRequested.catch(() => void (run.cancelled = true));
  return CancellationScope.nonCancellable(async () => {
    if (!run.start) await plan(run, input);
    await save(run, input);
    while (!run.done && !run.cancelled && !run.failure) {
      show(run);
      await condition(() => !run.pausing || run.cancelled || isRunLong(run));
      if (!run.pausing && !run.cancelled) await work(run, input);
      show(run);
      await save(run, input);
      if (!isRunLong(run) || run.done || run.cancelled || run.failure) continue;
      await condition(allHandlersFinished);
      await continueAsNew<typeof replayTopic>(run.carry(input));
    }
    show(run);
    await condition(allHandlersFinished);
    // For Temporal a workflow that it was told to cancel has to say so.
    if (run.cancelled && root.consideredCancelled) throw new CancelledFailure('the replay was cancelled');
    if (run.failure) throw ApplicationFailure.nonRetryable(run.failure.message, run.failure.code);
    return run.view;
  });
}

async function plan(run: ReplayRun, { topic, id }: ReplayInput): Promise<void> {
  const scope = new CancellationScope();
  const planning = scope.run(() => replaying.planReplay.executeWithOptions({ summary: topic }, [{ topic, id }]));
  void condition(() => run.cancelled || run.start !== undefined).then(() => scope.cancel());
  try {
    run.begin(await planning);
  } catch (error) {
    if (!run.cancelled) fail(run, error);
  }
}

function isRunLong(run: ReplayRun): boolean {
  return workflowInfo().continueAsNewSuggested || run.steps >= MAX_STEPS;
}

/** Works until the page is done, or until something wants it to end; then no step is under way any more. */
async function work(run: ReplayRun, input: ReplayInput): Promise<void> {
  const { id } = input;
  const page = { id, page: run.progress.page, size: REPLAY_PAGE };
  const ranges = await replaying.listReplayRanges.executeWithOptions({ summary: `from range ${page.page}` }, [page]);
  run.openPage(ranges);
  run.active = true;
  run.restartClock(Date.now());
  const begun = Date.now();
  const scope = new CancellationScope();
  void condition(() => run.stopped || !run.active).then(() => scope.cancel());
  let savedAt = begun;
  const lane = async (): Promise<void> => {
    while (run.queue.length > 0 && !run.stopped && !isRunLong(run)) {
      await step(run, input, scope);
      show(run);
      if (Date.now() - savedAt < SAVE_MS) continue;
      savedAt = Date.now();
      await save(run, input);
    }
  };
  await Promise.all(Array.from({ length: WINDOW }, lane));
  run.worked(Date.now() - begun);
  run.active = false;
  if (run.queue.length === 0 && run.progress.positions.filter(([, next]) => next === null).length === ranges.length) {
    run.closePage(ranges.length);
  }
}

async function step(run: ReplayRun, input: ReplayInput, scope: CancellationScope): Promise<void> {
  const { topic, id } = input;
  const range = run.queue.shift()!;
  const { partition, from } = range;
  const cap = run.start?.recordsPerSecond;
  const share =
    cap === undefined ? undefined : Math.max(1, cap / Math.min(WINDOW, run.queue.length + 1 + run.underWay));
  const length = share === undefined ? CHUNK_OFFSETS : Math.max(1, Math.min(CHUNK_OFFSETS, share * CHUNK_SECONDS));
  const to = formatOffset(Math.min(parseOffset(range.to), parseOffset(from) + Math.ceil(length)));
  const order = { topic, id, partition, from, to, ...(share === undefined ? {} : { recordsPerSecond: share }) };
  run.steps += 1;
  run.underWay += 1;
  try {
    const summary = `partition ${partition}, ${from}-${to}`;
    const result = await scope.run(() => replayRecords.replayChunk.executeWithOptions({ summary }, [order]));
    run.land(range, result, Date.now());
  } catch (error) {
    const known = progressBy<ReplayChunkResult>(error);
    if (known) run.land(range, known, Date.now());
    else run.queue.push(range);
    if (!run.stopped) fail(run, error);
  } finally {
    run.underWay -= 1;
  }
}

function fail(run: ReplayRun, error: unknown): void {
  const code = error instanceof RangeError ? 'ledger_mismatch' : 'internal_error';
  run.failure ??= haltReason(error) ?? { code, message: error instanceof Error ? error.message : 'unknown error' };
}

/** Keeps where the replay stands. What fails is tried again: a result that is not kept would be lost. */
async function save(run: ReplayRun, { id }: ReplayInput): Promise<void> {
  const { status, progress, failure } = run;
  await replaying.saveReplay.executeWithOptions({ summary: status }, [{ id, status, progress, failure }]);
}

/** What the Web UI shows of this workflow. */
function show(run: ReplayRun): void {
  const { status, mode, findings, progress, rate, etaSeconds, failure } = run.view;
  const why = failure ? ` (${failure.code}: ${failure.message})` : '';
  const eta = etaSeconds === undefined ? '' : `, ${rate} a second, about ${etaSeconds} s left`;
  const left = findings ? `, ${offsetsLeft(findings, progress)} of ${findings.offsets} offsets left${eta}` : '';
  const fates = Object.entries(progress.counts).filter(([, count]) => count > 0);
  const counts = fates.map(([fate, count]) => `${count} ${fate}`).join(', ');
  setCurrentDetails(`**${mode ?? 'replay'}: ${status}**${why}${left}\n\n${counts}`);
}
