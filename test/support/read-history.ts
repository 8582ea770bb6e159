import { SIGNALS, STAND_BY } from '../../src/workflows/contract';
import type { TestPipeline } from './pipeline';

/** An event of a workflow's history, as far as a pause is concerned. */
export interface WorkflowEvent {
  /** By the server's clock, in ms. */
  at: number;
  /** Name of the event's attributes, without their suffix: `activityTaskScheduled`. */
  kind: string;
  /** Type of the activity that was scheduled. */
  activity?: string | undefined;
  /** Name of the signal or update that came. */
  message?: string | undefined;
  /** Set when the partition's state, for searches, became this. */
  state?: string | undefined;
}

const SUFFIX = 'EventAttributes';

/** Events from a moment on, of the run that goes on now and those before it. */
export async function eventsSince(pipeline: TestPipeline, workflowId: string, since: number): Promise<WorkflowEvent[]> {
  const found: WorkflowEvent[] = [];
  for (let runId: string | undefined; ;) {
    const { events } = await pipeline.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
    const run = (events ?? []).map((event): WorkflowEvent => {
      const { seconds, nanos } = event.eventTime!;
      const attributes = Object.keys(event).find((name) => name.endsWith(SUFFIX));
      const state =
        event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields?.['SluiceState'];
      return {
        at: Number(seconds) * 1000 + Math.floor((nanos ?? 0) / 1e6),
        kind: (attributes ?? '').slice(0, -SUFFIX.length),
        activity: event.activityTaskScheduledEventAttributes?.activityType?.name ?? undefined,
        message:
          event.workflowExecutionSignaledEventAttributes?.signalName ??
          event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name ??
          undefined,
        state: state?.data ? (JSON.parse(Buffer.from(state.data).toString()) as string) : undefined,
      };
    });
    found.unshift(...run.filter(({ at }) => at >= since));
    const before = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    if (!before || (run[0]?.at ?? 0) < since) return found;
    runId = before;
  }
}

/** Steps by which a partition takes on more than it has in hand. */
const HANDS_ON = ['pullBatch', 'scoreBatch'];

/** True for a step that pulls a batch or hands one on. */
export function handsOn({ activity }: WorkflowEvent): boolean {
  return activity !== undefined && HANDS_ON.includes(activity);
}

/** What comes in a partition's history after the workflow task that has obeyed the first order in it. */
export function eventsAfterOrder(events: WorkflowEvent[]): WorkflowEvent[] {
  const told = events.findIndex(({ message }) =>
    [SIGNALS.configure, SIGNALS.pause, STAND_BY].includes(message as never),
  );
  const obeyed = events.findIndex(({ kind }, at) => at >= told && kind === 'workflowTaskCompleted');
  return told < 0 || obeyed < 0 ? [] : events.slice(obeyed);
}
