import { partitionWorkflowId, supervisorWorkflowId } from '../../src/workflows/contract';
import type { ElasticsearchProxy } from '../../test/support/elasticsearch-proxy';
import type { TestPipeline } from '../../test/support/pipeline';
import { eventsAfterOrder, eventsSince, handsOn, type WorkflowEvent } from '../../test/support/read-history';
import { waitFor } from '../../test/support/wait-for';
import type { PauseApi } from './api';

/** One pause: its times in ms after it was ordered, and what must not have happened. */
export interface PauseTimes {
  condition: string;
  /** Status of the answer by HTTP, and what the partitions said in it. */
  status: number;
  states: string[];
  /** When the supervisor had the order, and the last partition had obeyed. */
  supervisor: number;
  obeyed: number;
  answered: number;
  /** When the last partition was paused. */
  paused: number;
  /** Batches that a partition pulled or handed on after it had obeyed. */
  handedOn: number;
  /** Bulk requests that began while all were paused. */
  bulks: number;
}

/** How long a pause is kept, to see whether anything begins meanwhile. */
const HOLD_MS = 3000;
/** When it is given up that a pause comes true. */
const LIMIT_MS = 60_000;

/** Pauses by REST, looks on for a while, resumes, and reads from the histories what happened when. */
export async function pauseOnce(of: {
  pipeline: TestPipeline;
  api: PauseApi;
  proxy: ElasticsearchProxy;
  partitions: number;
  condition: string;
}): Promise<PauseTimes> {
  const { pipeline, api, proxy, condition } = of;
  const all = Array.from({ length: of.partitions }, (_, partition) => partition);
  const { status, orderedAt, answeredAt, states } = await api.order('pause');
  await waitFor(async () => {
    const now = await Promise.all(all.map((partition) => pipeline.partitionState(partition)));
    return now.every((partition) => partition.status === 'paused');
  }, LIMIT_MS);
  await new Promise((resolve) => setTimeout(resolve, HOLD_MS));
  const looked = Date.now();
  const read = (workflowId: string) => eventsSince(pipeline, workflowId, orderedAt - 1);
  const histories = await Promise.all(all.map((partition) => read(partitionWorkflowId(pipeline.topic, partition))));
  const supervisor = await read(supervisorWorkflowId(pipeline.topic));
  await resumeAll(of, all);
  const last = (timeOf: (events: WorkflowEvent[]) => number) => Math.max(...histories.map(timeOf));
  const pausedAt = last((events) => events.find(({ state }) => state === 'paused')?.at ?? NaN);
  const after = (at: number) => at - orderedAt;
  return {
    condition,
    status,
    states,
    supervisor: after(supervisor.find(({ message }) => message === 'pause')?.at ?? NaN),
    obeyed: after(last((events) => eventsAfterOrder(events)[0]?.at ?? NaN)),
    answered: after(answeredAt),
    paused: after(pausedAt),
    handedOn: histories.flatMap(eventsAfterOrder).filter(handsOn).length,
    bulks: proxy.bulks.filter(({ at }) => at > pausedAt && at <= looked).length,
  };
}

/** Resumes until every partition goes on; a busy machine takes longer than REST waits for an answer. */
async function resumeAll({ pipeline, api }: { pipeline: TestPipeline; api: PauseApi }, all: number[]): Promise<void> {
  await api.order('resume');
  await waitFor(async () => {
    const now = await Promise.all(all.map((partition) => pipeline.partitionState(partition)));
    return now.every(({ hold }) => hold === undefined);
  }, LIMIT_MS);
}
