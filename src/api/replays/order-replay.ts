import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { orderReplay } from '../../domain/order-replay';
import { isReplayOver, replayWorkflowId, type ReplayOrder, type StoredReplay } from '../../domain/replay';
import type { ScoringRules } from '../../scoring/rules';
import { workflowLinks } from '../pipeline/read-pipeline';
import type { AppDeps } from '../ports';
import { Problem } from '../problem';
import { resolveTime, type TimeExpression } from '../time';
import type { ReplayDelivery, ReplayReading } from './ports';

export type ReplayDeps = Pick<AppDeps, 'settings' | 'replays' | 'logger' | 'now'>;

/** What somebody wants, as the body of the request says it. */
export interface WantedReplay {
  mode: ReplayOrder['mode'];
  dry_run: boolean;
  partitions?: number[] | undefined;
  from?: string | undefined;
  to?: string | undefined;
  from_time?: TimeExpression | undefined;
  to_time?: TimeExpression | undefined;
  records_per_second?: number | undefined;
  rules?: Partial<ScoringRules> | undefined;
  actor: string;
  reason?: string | undefined;
  request_id?: string | undefined;
}

/** Keeps an order and starts it; a request id that was seen names the replay that it made. */
export async function placeOrder(
  { settings, replays, logger, now = Date.now }: ReplayDeps,
  wanted: WantedReplay,
): Promise<{ id: string; duplicate: boolean }> {
  const { mode, partitions, from, to, rules, actor, reason, request_id: requestId } = wanted;
  const [fromMs, toMs] = [resolveTime(wanted.from_time, now()), resolveTime(wanted.to_time, now())];
  if (fromMs !== undefined && toMs !== undefined && fromMs > toMs) {
    throw new Problem('invalid_body', '/from_time: must not be later than to_time', [
      { pointer: '/from_time', detail: 'must not be later than to_time' },
    ]);
  }
  const { topic } = settings;
  const id = requestId === undefined ? newId(now()) : replays.store.idOf(topic, requestId);
  const order: ReplayOrder = {
    ...{ id, topic, mode, partitions, from, to, fromMs, toMs, rules, actor, reason, requestId },
    dryRun: wanted.dry_run,
    recordsPerSecond: wanted.records_per_second,
    orderedAt: new Date(now()).toISOString(),
  };
  const { duplicate } = await orderReplay(order, { replayStore: replays.store, replayRuns: replays.workflows });
  if (!duplicate) logger.info({ replay: id, mode, actor, dryRun: order.dryRun }, 'replay ordered');
  return { id, duplicate };
}

/** A workflow that ends takes no resume any more, and no other one can be started until it has ended. */
const ENDING_MS = 5000;
const LOOK_MS = 100;

/** True when a replay that took a message is about to end: nothing comes of it. */
export function isEnding(delivery: ReplayDelivery): boolean {
  return delivery.kind === 'answered' && (delivery.status === 'cancelling' || isReplayOver(delivery.status));
}

/** Waits until a replay that is about to end has ended. @throws Problem temporal_unavailable when it takes long */
export async function untilEnded({ settings, replays }: ReplayDeps, id: string): Promise<ReplayReading> {
  for (const deadline = Date.now() + ENDING_MS; Date.now() < deadline; await sleep(LOOK_MS)) {
    const reading = await replays.workflows.read(settings.topic, id);
    if (reading.execution === 'closed' || reading.execution === 'missing') return reading;
  }
  throw new Problem('temporal_unavailable', 'The replay is just ending. Send it again in a few seconds.');
}

/**
 * Lets a replay that has ended go on where it stopped. One whose workflow was ended by hand says itself how far it was,
 * as long as Temporal knows it.
 *
 * @throws Problem replay_over when nothing is left to do
 */
export async function continueReplay(
  { settings, replays, logger }: ReplayDeps,
  { order, status }: StoredReplay,
  { state }: ReplayReading,
): Promise<void> {
  if (status === 'done') throw new Problem('replay_over', 'The replay is done: order a new one.');
  const progress = isReplayOver(status) ? undefined : state?.progress;
  await replays.store.update(order.id, { status: 'ordered', failure: null, ...(progress ? { progress } : {}) });
  await replays.workflows.start(settings.topic, order.id);
  logger.info({ replay: order.id }, 'replay goes on');
}

/** Id and address of a replay's workflow. */
export function replayWorkflow(settings: AppDeps['settings'], id: string) {
  const workflowId = replayWorkflowId(settings.topic, id);
  return workflowLinks(settings, workflowId);
}

/** Sorts by time, and is another one for each request of a second: `20261124-101500-3f9a1c`. */
function newId(nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/\D/g, '');
  return `${time.slice(0, 8)}-${time.slice(8, 14)}-${randomBytes(3).toString('hex')}`;
}
