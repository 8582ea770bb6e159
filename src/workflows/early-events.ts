import type { ActivateInput, WorkflowInterceptorsFactory } from '@temporalio/workflow';

type Activation = ActivateInput['activation'];
type Job = NonNullable<Activation['jobs']>[number];

/** The id under which Temporal's core asks what came as a query alone, without a workflow task. */
const LONE_QUERY = 'legacy_query';

/**
 * Keeps a query from spoiling a run. A query whose sticky worker is dead falls to another worker, with the history as it
 * is at that moment; when signals or results already wait in it for their workflow task, the core (1.24) hands them out at
 * once, at the time of the task before, and keeps what the workflow did then. A replay handles them at the time of
 * their own task: another order of commands, and the partition would be stuck for ever. So such a query fails, which
 * has the core forget the run; the next task starts from the history.
 */
export class EarlyEvents {
  #taskTime = '';
  #early = false;

  /** @throws Error for a lone query after events that were handed out before their workflow task */
  look({ timestamp, jobs }: Activation, batchIndex = 0): void {
    if (jobs?.some(({ queryWorkflow }) => queryWorkflow)) {
      if (this.#early && jobs.some(({ queryWorkflow }) => queryWorkflow?.queryId === LONE_QUERY)) {
        throw new Error('events wait for their workflow task: ask again when a worker has taken it');
      }
      return;
    }
    // Further batches of one activation have its time.
    if (batchIndex > 0) return;
    const time = `${String(timestamp?.seconds)}.${timestamp?.nanos}`;
    if (time !== this.#taskTime) this.#early = false;
    else if (jobs?.some(isFromHistory)) this.#early = true;
    this.#taskTime = time;
  }
}

/** What only an event can bring; a cancelled activity may be the workflow's own doing, within one task. */
function isFromHistory({ signalWorkflow, fireTimer, resolveActivity }: Job): boolean {
  return Boolean(signalWorkflow ?? fireTimer ?? resolveActivity?.result?.completed ?? resolveActivity?.result?.failed);
}

export const interceptors: WorkflowInterceptorsFactory = () => {
  const early = new EarlyEvents();
  return {
    internals: [
      {
        activate(input, next) {
          early.look(input.activation, input.batchIndex);
          next(input);
        },
      },
    ],
  };
};
