import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { PullResult } from '../activities/pull-batch';
import type { BatchRef } from '../domain/batch';
import type { FateCounts } from '../domain/ledger';
import type { OffsetString } from '../domain/offsets';
import { mirror, PULL_WAIT_MS, sharedPull, sharedSteps, stepsOn } from './activity-options';
import { QUERIES, SIGNALS, type OperatorNote, type Orders, type PartitionInput, type PartitionState } from './contract';
import { PipelineState, voidRange, type Flight } from './pipeline-state';
import { haltReason, isWorthAnotherQueue, settledBy } from './step-failures';

const pauseSignal = defineSignal<[OperatorNote?]>(SIGNALS.pause);
const resumeSignal = defineSignal<[OperatorNote?]>(SIGNALS.resume);
const configureSignal = defineSignal<[Orders]>(SIGNALS.configure);
const stateQuery = defineQuery<PartitionState>(QUERIES.state);

/** How long bulks under way may take to end after a pause, before they are cancelled. */
const PAUSE_DRAIN = '5s';

/**
 * The loop of one partition: pulls batches, scores and indexes them with a window in flight, and moves the ledger over
 * the contiguous prefix of what has landed. It owns the next offset; the Kafka commit only mirrors it.
 */
export async function ingestPartition(input: PartitionInput): Promise<void> {
  const state = new PipelineState(input);
  setHandler(pauseSignal, (note) => state.pause(note));
  setHandler(resumeSignal, () => state.resume());
  setHandler(configureSignal, (orders) => state.obey(orders));
  setHandler(stateQuery, () => state.view);

  const commits = new Commits(state);
  commits.keepUp().catch(() => undefined);
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
  const isOutdated = () => state.orders.epoch.number !== number;
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
  state.dropFlights();
  state.active = false;
}

async function pullUntilStopped(
  state: PipelineState,
  isOutdated: () => boolean,
  launch: (flight: Flight) => void,
): Promise<void> {
  const { window } = state.orders.settings;
  const stopped = () => state.stopped || isRunLong(state) || isOutdated();
  for (;;) {
    await condition(() => state.flights.length < window || stopped());
    if (stopped()) return;
    const from = state.position;
    const { epoch } = state.orders;
    try {
      const { ref, next } = await pull(state, from);
      if (state.stopped || isOutdated()) return;
      if (next === from) continue;
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
      haltOn(state, error);
    }
  }
}

/** Pulls on the queue of the worker that serves this partition, or chooses a worker by a pull on the shared queue. */
async function pull(state: PipelineState, from: OffsetString): Promise<PullResult> {
  const { topic, partition, orders, progress, workerQueue } = state;
  const { batch: limits } = orders.settings;
  const input = {
    topic,
    generation: progress.generation,
    partition,
    from,
    limits,
    epoch: orders.epoch,
    waitMs: PULL_WAIT_MS,
  };
  const summary = `from ${from}`;
  if (workerQueue !== undefined) {
    try {
      return await stepsOn(workerQueue).pullBatch.executeWithOptions({ summary }, [input]);
    } catch (error) {
      if (isBeingCancelled() || !isWorthAnotherQueue(error)) throw error;
      state.workerQueue = undefined;
    }
  }
  const result = await sharedPull.pullBatch.executeWithOptions({ summary }, [input]);
  state.workerQueue = result.queue;
  return result;
}

/** Takes a batch through scoring and indexing, and books whatever has landed by then. */
async function fly(state: PipelineState, flight: Flight): Promise<void> {
  try {
    if (flight.ref) flight.fates = await scoreAndIndex(state, flight, flight.ref);
    state.settle();
    showDetails(state);
  } catch (error) {
    if (isBeingCancelled()) return;
    haltOn(state, error);
  }
}

/**
 * Scores and indexes on the worker that holds the batch, in one attempt; whatever goes wrong there, the shared queue
 * takes over and goes on until it is done.
 */
async function scoreAndIndex(state: PipelineState, flight: Flight, ref: BatchRef): Promise<FateCounts> {
  const { epoch } = flight;
  const { workerQueue } = state;
  const summary = `${ref.from}-${ref.to}, ${ref.count} records`;
  let settled;
  if (workerQueue !== undefined) {
    try {
      const steps = stepsOn(workerQueue);
      await steps.scoreBatch.executeWithOptions({ summary }, [{ ref, epoch }]);
      flight.step = 'index';
      return (await steps.indexBatch.executeWithOptions({ summary }, [{ ref, epoch }])).fates;
    } catch (error) {
      if (isBeingCancelled() || !isWorthAnotherQueue(error)) throw error;
      if (state.workerQueue === workerQueue) state.workerQueue = undefined;
      settled = settledBy(error);
    }
  }
  flight.step = 'index';
  return (await sharedSteps.indexBatch.executeWithOptions({ summary }, [{ ref, epoch, settled }])).fates;
}

/**
 * True when the surrounding scope was cancelled. Asked instead of the state, which a resume right after the pause has
 * changed back by the time the cancellation arrives.
 */
function isBeingCancelled(): boolean {
  return CancellationScope.current().consideredCancelled;
}

function haltOn(state: PipelineState, error: unknown): void {
  const code = error instanceof RangeError ? 'ledger_mismatch' : 'internal_error';
  const reason = haltReason(error) ?? { code, message: error instanceof Error ? error.message : 'unknown error' };
  state.halt({ ...reason, at: new Date().toISOString() });
}

/** The mirror of the progress in Kafka: at most one commit under way, one per interval, and one at every stop. */
class Commits {
  #underWay = false;
  #lastAt = 0;

  constructor(private readonly state: PipelineState) {}

  async keepUp(): Promise<void> {
    for (;;) {
      await condition(() => this.state.dirty && !this.#underWay);
      const wait = this.#lastAt + this.state.orders.settings.commitIntervalMs - Date.now();
      if (wait > 0) await sleep(wait);
      await this.#commit();
    }
  }

  async flush(): Promise<void> {
    await condition(() => !this.#underWay);
    await this.#commit();
  }

  async #commit(): Promise<void> {
    const { state } = this;
    if (this.#underWay || !state.dirty) return;
    this.#underWay = true;
    this.#lastAt = Date.now();
    const { next } = state.progress.ledger;
    try {
      const input = { partition: state.partition, next, metadata: state.commitMetadata };
      await mirror.commitOffset.executeWithOptions({ summary: `next ${next}` }, [input]);
      state.committed = next;
    } catch {
      // Older is safe, and the next commit makes up for this one.
    } finally {
      this.#underWay = false;
    }
  }
}

/** What the Web UI shows of this workflow. */
function showDetails(state: PipelineState): void {
  const { ledger } = state.progress;
  const halt = state.failure ? ` (${state.failure.code}: ${state.failure.message})` : '';
  setCurrentDetails(
    `**${state.status}**${halt}\n\nnext offset ${ledger.next}: ${ledger.indexed} indexed, ${ledger.duplicate} duplicate, ` +
      `${ledger.deadLettered} dead-lettered, ${ledger.filtered} filtered, ${ledger.lostUpstream} lost upstream, ${ledger.void} void`,
  );
}
