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
import {
  noExportProgress,
  type ExportFailure,
  type ExportInput,
  type ExportProgress,
  type ExportState,
  type ExportStatus,
} from '../domain/export';
import { closingExport, exporting } from './activity-options';
import { takeJobMessages } from './job-messages';
import { haltReason } from './step-failures';

/** Steps after which a run ends and the next one goes on. */
const MAX_STEPS = 500;

/** One export, as its messages and steps leave it. */
class ExportRun {
  progress: ExportProgress;
  pause: ExportState['pause'];
  failure: ExportFailure | undefined;
  cancelled = false;
  /** True while a step is under way. */
  active = false;
  /** True once its end is kept: until then something of it may be there. */
  closed = false;
  /** True when the file is whole, and known to be. */
  finished = false;
  steps = 0;

  constructor({ carried }: ExportInput) {
    this.progress = carried?.progress ?? noExportProgress();
    this.pause = carried?.pause;
  }

  get stopped(): boolean {
    return this.pause !== undefined || this.cancelled;
  }

  get over(): boolean {
    return this.finished || this.failure !== undefined || this.cancelled;
  }

  get status(): ExportStatus {
    if (this.finished) return 'done';
    if (this.failure) return 'failed';
    if (this.cancelled) return this.closed ? 'cancelled' : 'cancelling';
    if (this.pause) return this.active ? 'pausing' : 'paused';
    return 'running';
  }

  get view(): ExportState {
    const { status, progress, pause, failure } = this;
    return { status, progress, pause, failure };
  }
}

/**
 * Writes all logs of an order into a file, part by part. The order and the file are in a folder; here are only counts.
 * Paused or cancelled, by message or from Temporal itself, it ends behind a whole part.
 */
export async function exportLogs(input: ExportInput): Promise<ExportState> {
  const run = new ExportRun(input);
  takeJobMessages(run, () => show(run));
  const root = CancellationScope.current();
  root.cancelRequested.catch(() => void (run.cancelled = true));
  return CancellationScope.nonCancellable(async () => {
    while (!run.over) {
      if (run.pause) await stand(run, input);
      else await work(run, input);
      if (run.over || !isRunLong(run)) continue;
      await condition(allHandlersFinished);
      const { progress, pause } = run;
      await continueAsNew<typeof exportLogs>({ topic: input.topic, id: input.id, carried: { progress, pause } });
    }
    if (!run.finished) await save(run, input, run.failure ? 'failed' : 'cancelled');
    run.closed = true;
    show(run);
    await condition(allHandlersFinished);
    // For Temporal a workflow that it was told to cancel has to say so.
    if (!run.finished && root.consideredCancelled) throw new CancelledFailure('the export was cancelled');
    if (run.failure) throw ApplicationFailure.nonRetryable(run.failure.message, run.failure.code);
    return run.view;
  });
}

function isRunLong(run: ExportRun): boolean {
  return workflowInfo().continueAsNewSuggested || run.steps >= MAX_STEPS;
}

/** Stands until it is resumed or cancelled. */
async function stand(run: ExportRun, input: ExportInput): Promise<void> {
  await save(run, input, 'paused');
  show(run);
  await condition(() => !run.pause || run.cancelled);
}

/** One step; behind the last part also the look at the whole file. */
async function work(run: ExportRun, { topic, id }: ExportInput): Promise<void> {
  const step = { topic, id };
  const scope = new CancellationScope();
  run.active = true;
  run.steps += 1;
  show(run);
  void condition(() => run.stopped || !run.active).then(() => scope.cancel());
  try {
    const summary = `from log ${run.progress.logs}`;
    const { progress, done } = await scope.run(() => exporting.exportChunk.executeWithOptions({ summary }, [step]));
    run.progress = progress;
    if (done) {
      await exporting.finishExport.executeWithOptions({ summary: `${progress.bytes} bytes` }, [step]);
      run.finished = true;
    }
  } catch (error) {
    if (!run.stopped) fail(run, error);
  } finally {
    run.active = false;
  }
}

function fail(run: ExportRun, error: unknown): void {
  const unknown = { code: 'internal_error', message: error instanceof Error ? error.message : 'unknown error' };
  run.failure ??= haltReason(error) ?? unknown;
}

/** Keeps what it is at. It ends all the same where that cannot be kept: the folder may be gone, and with it the export. */
async function save({ failure }: ExportRun, { topic, id }: ExportInput, status: ExportStatus): Promise<void> {
  const input = { topic, id, status, failure };
  await closingExport.saveExport.executeWithOptions({ summary: status }, [input]).catch(() => undefined);
}

/** What the Web UI shows of this workflow. */
function show(run: ExportRun): void {
  const { logs, total, bytes, parts, restarts, activeMs } = run.progress;
  const why = run.failure ? ` (${run.failure.code}: ${run.failure.message})` : '';
  const of = total === undefined ? '' : ` of at most ${total}`;
  const rate = activeMs > 0 ? `, ${Math.round((logs * 1000) / activeMs)} a second` : '';
  const anew = restarts > 0 ? `\n\nbegun anew ${restarts} times: its frozen view was gone` : '';
  setCurrentDetails(`**${run.status}**${why}: ${logs}${of} logs, ${bytes} bytes in ${parts} parts${rate}${anew}`);
}
