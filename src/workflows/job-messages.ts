import { defineQuery, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import { QUERIES, type OperatorNote } from './contract';

/** A workflow beside the pipeline that an operator pauses, resumes and cancels: a replay, an export. */
interface Job<State extends { status: string }> {
  pause: OperatorNote | undefined;
  cancelled: boolean;
  readonly status: State['status'];
  /** Answer of the `state` query. */
  readonly view: State;
}

const MESSAGES = ['pause', 'resume', 'cancel'] as const;
const MAX_REASON = 500;
const MAX_ACTOR = 100;

/**
 * Takes `pause`, `resume` and `cancel`, each as a signal and as an update that answers with the status, and the query
 * `state`. The first pause counts until it is resumed.
 *
 * @param show called after each message
 */
export function takeJobMessages<State extends { status: string }>(job: Job<State>, show: () => void): void {
  const handle = {
    pause: (note: unknown) => void (job.pause ??= noteOf(note)),
    resume: () => void (job.pause = undefined),
    cancel: () => void (job.cancelled = true),
  };
  for (const name of MESSAGES) {
    const apply = (note: unknown) => {
      handle[name](note);
      show();
      return { status: job.status };
    };
    setHandler(defineSignal<[unknown?]>(name), (note) => void apply(note));
    setHandler(defineUpdate<{ status: State['status'] }, [unknown?]>(name), apply);
  }
  setHandler(defineQuery<State>(QUERIES.state), () => job.view);
}

/** Whatever a signal brings: a note is shown, and nothing of it can do harm. */
function noteOf(note: unknown): OperatorNote {
  const { reason, actor } = (typeof note === 'object' && note !== null ? note : {}) as Record<string, unknown>;
  return {
    ...(typeof reason === 'string' ? { reason: reason.slice(0, MAX_REASON) } : {}),
    ...(typeof actor === 'string' ? { actor: actor.slice(0, MAX_ACTOR) } : {}),
  };
}
