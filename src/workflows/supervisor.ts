import {
  CancellationScope,
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  getExternalWorkflowHandle,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ReconcileResult } from '../activities/reconcile-partitions';
import { retention, supervision, WATCH_MS } from './activity-options';
import {
  partitionWorkflowId,
  QUERIES,
  SIGNALS,
  type AcceptGap,
  type OperatorNote,
  type Orders,
  type PartitionOrder,
  type Rebind,
  type SupervisorInput,
  type SupervisorState,
  type WorkerSettings,
} from './contract';

const pauseSignal = defineSignal<[OperatorNote?]>(SIGNALS.pause);
const resumeSignal = defineSignal<[OperatorNote?]>(SIGNALS.resume);
const configureSignal = defineSignal<[WorkerSettings]>(SIGNALS.configure);
const acceptGapSignal = defineSignal<[AcceptGap?]>(SIGNALS.acceptGap);
const rebindSignal = defineSignal<[Rebind?]>(SIGNALS.rebind);
const stateQuery = defineQuery<SupervisorState>(QUERIES.state);

const EXPIRY_INTERVAL_MS = 3_600_000;
const MAX_ROUNDS = 300;

/**
 * Holds what is wanted of a topic (running or paused, settings, epoch), tells its partitions, and keeps every
 * partition's workflow running.
 */
export async function superviseTopic(input: SupervisorInput): Promise<void> {
  const state: SupervisorState = { ...input };
  /** The revision each partition was told last. */
  const told = new Map<number, number>();
  let retryHalted = false;
  let lastExpiry = 0;
  const change = (what: Partial<SupervisorState>) => {
    // By the clock, so that a supervisor that was started anew is not taken for an older one.
    Object.assign(state, what, { revision: Math.max(state.revision + 1, Date.now()) });
  };
  setHandler(pauseSignal, (note) => change({ paused: true, note }));
  setHandler(resumeSignal, () => {
    retryHalted = true;
    change({ paused: false, note: undefined });
  });
  setHandler(configureSignal, (settings) => {
    if (JSON.stringify(settings) === JSON.stringify(state.settings) && settings.rulesHash === state.epoch.rulesHash)
      return;
    const { rulesHash } = settings;
    const epoch = rulesHash === state.epoch.rulesHash ? state.epoch : { number: state.epoch.number + 1, rulesHash };
    change({ settings, epoch });
  });
  /** Orders for partitions that have not been passed on yet. */
  const passing: PassedOrder[] = [];
  setHandler(acceptGapSignal, (order = {}) => void passing.push({ signal: SIGNALS.acceptGap, order }));
  setHandler(rebindSignal, (order = {}) => void passing.push({ signal: SIGNALS.rebind, order }));
  setHandler(stateQuery, () => state);

  for (let round = 0; ; round += 1) {
    await tellPartitions(state, told, retryHalted);
    retryHalted = false;
    while (passing.length > 0) await passOn(state, passing.shift()!);
    const { revision } = state;
    const watched = await watchTopic(state, () => state.revision !== revision || passing.length > 0);
    if (watched) {
      state.partitions = watched.partitions;
      state.topicId = watched.topicId;
      for (const partition of watched.started) told.set(partition, revision);
    }
    if (Date.now() - lastExpiry >= EXPIRY_INTERVAL_MS) {
      lastExpiry = Date.now();
      // Off the records' path; what fails now is tried again in an hour.
      retention.expireIndices().catch(() => undefined);
    }
    if (
      state.revision !== revision ||
      passing.length > 0 ||
      !(round >= MAX_ROUNDS || workflowInfo().continueAsNewSuggested)
    )
      continue;
    await condition(allHandlersFinished);
    await continueAsNew<typeof superviseTopic>(state);
  }
}

/** Watches the topic until something changes there, or `interrupted` holds: then undefined. */
async function watchTopic(state: SupervisorState, interrupted: () => boolean): Promise<ReconcileResult | undefined> {
  const scope = new CancellationScope();
  const { topic, topicId, partitions: known } = state;
  const input = { topic, known, topicId, orders: ordersOf(state, false), watchMs: WATCH_MS };
  const watching = scope.run(() => supervision.reconcilePartitions.executeWithOptions({ summary: topic }, [input]));
  const result = await Promise.race([watching, condition(interrupted).then(() => undefined)]);
  if (result === undefined) {
    watching.catch(() => undefined);
    scope.cancel();
  }
  return result;
}

async function tellPartitions(state: SupervisorState, told: Map<number, number>, retryHalted: boolean): Promise<void> {
  const orders = ordersOf(state, retryHalted);
  const behind = state.partitions.filter((partition) => told.get(partition) !== orders.revision);
  await Promise.all(
    behind.map(async (partition) => {
      told.set(partition, orders.revision);
      // A partition that is not running is started with these orders by the next look at the topic.
      await getExternalWorkflowHandle(partitionWorkflowId(state.topic, partition))
        .signal(SIGNALS.configure, orders)
        .catch(() => told.delete(partition));
    }),
  );
}

interface PassedOrder {
  signal: typeof SIGNALS.acceptGap | typeof SIGNALS.rebind;
  order: PartitionOrder;
}

/** Passes an order on to the partitions that it names; those that are not halted for its reason ignore it. */
async function passOn({ topic, partitions }: SupervisorState, { signal, order }: PassedOrder): Promise<void> {
  const { partition } = order;
  const named = partition === undefined ? partitions : [partition];
  await Promise.all(
    named.map((one) =>
      getExternalWorkflowHandle(partitionWorkflowId(topic, one))
        .signal(signal, order)
        .catch(() => undefined),
    ),
  );
}

function ordersOf({ revision, paused, note, epoch, settings }: SupervisorState, retryHalted: boolean): Orders {
  return { revision, paused, note, epoch, settings, retryHalted };
}
