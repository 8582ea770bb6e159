import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  getExternalWorkflowHandle,
  patched,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { checkMessage } from './check-message';
import { accountGap, isBeingCancelled, scoreAndIndex } from './batch-steps';
import { showDetails } from './current-details';
import { endDrains } from './end-drains';
import { keepExpiry } from './keep-expiry';
import { MirrorCommits } from './mirror-commits';
import {
  MESSAGES,
  QUERIES,
  SIGNALS,
  STAND_BY,
  supervisorWorkflowId,
  type Orders,
  type PartitionAnswer,
  type PartitionInput,
  type PartitionState,
  type StandBy,
  type Waiting,
} from './contract';
import { isOrders, isStandBy, isWaiting } from './machine-signals';
import { voidRange, type Flight } from './partition-progress';
import { viewOf } from './partition-view';
import { PipelineState } from './pipeline-state';
import { noteHolds } from './note-holds';
import { pullUpToLimit } from './pull-up-to-limit';
import { keepSearchable } from './search-state';
import { standBy } from './stand-by';
import { codeOf, gapOf, haltReason } from './step-failures';
import { takeMessages } from './take-messages';

const configureSignal = defineSignal<[Orders]>(SIGNALS.configure);
const waitingSignal = defineSignal<[Waiting]>(SIGNALS.waiting);
const standByUpdate = defineUpdate<PartitionAnswer, [StandBy]>(STAND_BY);
const stateQuery = defineQuery<PartitionState>(QUERIES.state);

/** How long bulks under way may take to end after a pause, before they are cancelled. */
const PAUSE_DRAIN = '5s';

/**
 * The loop of one partition: pulls batches, scores and indexes them with a window in flight, and moves the ledger over
 * the contiguous prefix of what has landed. It owns the next offset; the Kafka commit only mirrors it.
 */
export async function ingestPartition(input: PartitionInput): Promise<void> {
  const state = new PipelineState(input);
  takeSignals(state);
  setHandler(stateQuery, () => viewOf(state));

  const commits = new MirrorCommits(state);
  state.mirrorsHolds = patched('holds');
  state.notesHolds = patched('holds-noted');
  if (state.notesHolds) noteHolds(() => state.holds.under(state.orders.revision)).catch(() => undefined);
  endDrains(state).catch(() => undefined);
  keepExpiry(state.holds).catch(() => undefined);
  keepExpiry(state.holds.standby).catch(() => undefined);
  commits.keepUp().catch(() => undefined);
  keepSearchable(state).catch(() => undefined);
  for (;;) {
    showDetails(state);
    await condition(() => !state.stopped || isRunLong(state));
    if (!state.stopped) await runBatches(state);
    showDetails(state);
    await commits.flush();
    if (!isRunLong(state)) continue;
    await condition(allHandlersFinished);
    await continueAsNew<typeof ingestPartition>(state.input);
  }
}

/** What comes from the supervisor, from workers, and from operators. */
function takeSignals(state: PipelineState): void {
  const report = (ask: string, refused?: string) => {
    const answer = { ask, partition: state.partition, status: state.status, refused };
    // One that does not arrive is not waited for for long.
    getExternalWorkflowHandle(supervisorWorkflowId(state.topic))
      .signal(SIGNALS.answered, answer)
      .catch(() => undefined);
  };
  setHandler(configureSignal, (orders) => {
    if (!isOrders(orders)) return state.messages.ignore(SIGNALS.configure, 'these are no orders');
    state.obey(orders);
    if (orders.ask !== undefined) report(orders.ask);
  });
  setHandler(waitingSignal, (waiting) => {
    if (isWaiting(waiting)) state.noteWaiting(waiting);
    showDetails(state);
  });
  setHandler(
    standByUpdate,
    (order) => {
      standBy(state, order);
      showDetails(state);
      return { partition: state.partition, status: state.status };
    },
    {
      validator: (order) => {
        if (!isStandBy(order)) throw new TypeError('this is no order to stand by');
      },
    },
  );
  takeMessages({
    log: state.messages,
    names: MESSAGES,
    check: (message) => checkMessage(state, message),
    follow: (message) => state.follow(message),
    answer: async () => [{ partition: state.partition, status: state.status }],
    ignored: () => showDetails(state),
    report,
  });
}

/** True when the run should end: by the server's hint, or by our own, lower limit. */
function isRunLong(state: PipelineState): boolean {
  return workflowInfo().continueAsNewSuggested || state.pulled >= state.orders.settings.continueAsNewBatches;
}

/**
 * Runs batches until the partition is paused, halts, has run long or is given another epoch; then nothing is in flight
 * any more. What was pulled under an epoch that no worker has any longer would wait for ever: it is pulled again.
 */
async function runBatches(state: PipelineState): Promise<void> {
  const { number } = state.orders.epoch;
  state.repull = false;
  const isOutdated = () => state.orders.epoch.number !== number || state.repull;
  const pulls = new CancellationScope();
  const flights = new CancellationScope();
  const landing: Promise<void>[] = [];
  state.active = true;
  const pulling = pulls.run(() =>
    pullUntilStopped(state, isOutdated, (flight) => landing.push(flights.run(() => fly(state, flight)))),
  );
  const stopping = condition(() => state.stopped || isRunLong(state) || isOutdated()).then(() => pulls.cancel());
  await Promise.all([pulling, stopping]);

  const landed = Promise.all(landing).then(() => true);
  const mustEnd = () => state.paused || isOutdated();
  await Promise.race([landed, condition(mustEnd)]);
  if (mustEnd()) {
    const inTime = await Promise.race([landed, sleep(PAUSE_DRAIN).then(() => false)]);
    if (!inTime) flights.cancel();
  }
  await landed;
  state.rest();
}

async function pullUntilStopped(
  state: PipelineState,
  isOutdated: () => boolean,
  launch: (flight: Flight) => void,
): Promise<void> {
  const { window } = state.orders.settings;
  const stopped = () => state.stopped || isRunLong(state) || isOutdated();
  for (;;) {
    try {
      // At an offset where it is to stop it waits for what is in flight: then it has stopped.
      await condition(() => (state.flights.length < window && !state.holds.isReached(state.position)) || stopped());
    } catch (error) {
      // A pause that was lifted in the same breath leaves no other trace than this.
      if (isBeingCancelled()) return;
      throw error;
    }
    if (stopped()) return;
    const from = state.position;
    const { epoch } = state.orders;
    try {
      state.pullStarted(from);
      const pulled = await pullUpToLimit(state, from);
      if (state.stopped || isOutdated()) return;
      if (!pulled || pulled.next === from) continue;
      const { ref, next } = pulled;
      const flight: Flight = {
        from,
        to: next,
        epoch,
        step: 'score',
        ...(ref ? { ref } : { fates: voidRange(from, next) }),
      };
      state.launch(flight);
      launch(flight);
    } catch (error) {
      if (isBeingCancelled()) return;
      const gap = gapOf(error);
      if (gap && state.mayLose(gap, codeOf(error))) {
        const flight: Flight = { from, to: gap.to, epoch, step: 'gap', lostAt: new Date().toISOString() };
        state.launch(flight);
        launch(flight);
      } else haltOn(state, error);
    } finally {
      state.pullEnded();
    }
  }
}

/** Takes a batch through scoring and indexing, and books whatever has landed by then. */
async function fly(state: PipelineState, flight: Flight): Promise<void> {
  try {
    if (flight.ref) flight.fates = await scoreAndIndex(state, flight, flight.ref);
    else if (flight.step === 'gap') flight.fates = await accountGap(state, flight);
    flight.waiting = undefined;
    state.settle();
    showDetails(state);
  } catch (error) {
    if (isBeingCancelled()) return;
    const gap = gapOf(error);
    const code = codeOf(error);
    // Deleted or damaged between the pull and a second reading: the next pull meets the gap.
    if (code === 'batch_unreadable' || (gap && state.mayLose(gap, code))) state.repull = true;
    else haltOn(state, error);
  }
}

function haltOn(state: PipelineState, error: unknown): void {
  const code = error instanceof RangeError ? 'ledger_mismatch' : 'internal_error';
  const reason = haltReason(error) ?? { code, message: error instanceof Error ? error.message : 'unknown error' };
  state.halt({ ...reason, at: new Date().toISOString(), gap: gapOf(error) });
}
