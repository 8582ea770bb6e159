import type { Info } from '@temporalio/activity';
import type { PipelineError } from '../domain/errors';
import type { OffsetString } from '../domain/offsets';
import type { WaitingReporter } from './ports';

/** What a step is about, as far as a report needs it. */
export interface StepSubject {
  step: 'pull' | 'index';
  from: OffsetString;
}

/** Reports of one reason for one step: a step that goes on failing says so again after this long. */
const REPEAT_MS = 60_000;
/** Steps remembered; beyond it the oldest are forgotten, which costs a report. */
const MAX_STEPS = 1000;

/**
 * Tells the workflow why a step is being tried again: Temporal keeps that from it until the step ends. Told from the
 * second attempt on, when the reason changes, and once a minute while it changes back and forth.
 */
export class WaitingReports {
  readonly #told = new Map<string, { code: string; since: string; at: number }>();

  constructor(
    private readonly reporter: WaitingReporter,
    private readonly now: () => number = Date.now,
  ) {}

  /** A step that is tried until it works has failed. */
  failed(
    info: Pick<Info, 'attempt' | 'activityId' | 'workflowExecution'>,
    subject: StepSubject,
    error: PipelineError,
  ): void {
    const { attempt, activityId, workflowExecution } = info;
    if (attempt < 2 || error.verdict === 'halt' || !workflowExecution) return;
    const { workflowId, runId } = workflowExecution;
    const key = `${runId} ${activityId}`;
    const told = this.#told.get(key);
    const now = this.now();
    if (told && (told.code === error.code || now - told.at < REPEAT_MS)) return;
    const since = new Date(now).toISOString();
    this.#told.delete(key);
    this.#told.set(key, { code: error.code, since, at: now });
    if (this.#told.size > MAX_STEPS) this.#told.delete(this.#told.keys().next().value!);
    this.reporter.report(workflowId, { ...subject, code: error.code, message: error.message, since });
  }
}
