import {
  CancellationScope,
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  patched,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ReconcileResult } from '../activities/reconcile-partitions';
import { retention, supervision, WATCH_MS } from './activity-options';
import {
  MESSAGES,
  QUERIES,
  SIGNALS,
  type AskedAnswer,
  type SupervisorInput,
  type SupervisorState,
  type WorkerSettings,
} from './contract';
import { holdText, ignoredMessage } from './current-details';
import { keepExpiry } from './keep-expiry';
import { isAskedAnswer, isWorkerSettings } from './machine-signals';
import { noteHolds } from './note-holds';
import { PartitionOrders } from './partition-orders';
import { takeReplayMessages } from './replay-messages';
import { takeMessages } from './take-messages';
import { TopicState } from './topic-state';

const configureSignal = defineSignal<[WorkerSettings]>(SIGNALS.configure);
const answeredSignal = defineSignal<[AskedAnswer]>(SIGNALS.answered);
const stateQuery = defineQuery<SupervisorState>(QUERIES.state);

const EXPIRY_INTERVAL_MS = 3_600_000;
const RETENTION_SCHEDULE = 'retention-schedule';
const HOLDS_NOTED = 'holds-noted';
const CHANGE_WHILE_TELLING = 'change-while-telling';
const MAX_ROUNDS = 300;

/**
 * Holds what is wanted of a topic (running or paused, settings, epoch), tells its partitions, and keeps every
 * partition's workflow running.
 */
export async function superviseTopic(input: SupervisorInput): Promise<void> {
  const state = new TopicState(input);
  const partitions = new PartitionOrders(state, input.undelivered);
  keepExpiry(state).catch(() => undefined);
  if (patched(HOLDS_NOTED)) noteHolds(() => state.noted).catch(() => undefined);
  let lastExpiry = 0;
  takeSignals(state, partitions);
  setHandler(stateQuery, () => state.view);

  for (let round = 0; ; round += 1) {
    showDetails(state);
    const { revision: begunWith } = state;
    await partitions.tell();
    await partitions.passOn();
    // What changes while the partitions are being told is told next. A run of before only heard of it with the next change.
    const revision = patched(CHANGE_WHILE_TELLING) ? begunWith : state.revision;
    const changed = () => state.revision !== revision || partitions.hasMessages;
    const watched = await watchTopic(state, changed);
    if (watched) {
      state.found(watched);
      partitions.started(watched.started, revision);
    }
    if (Date.now() - lastExpiry >= EXPIRY_INTERVAL_MS) {
      lastExpiry = Date.now();
      // A schedule does it by now; a run of before has it in its history.
      if (!patched(RETENTION_SCHEDULE)) retention.expireIndices().catch(() => undefined);
    }
    if (changed() || !(round >= MAX_ROUNDS || workflowInfo().continueAsNewSuggested)) continue;
    await condition(allHandlersFinished);
    // A message that came meanwhile is told first.
    if (changed()) continue;
    await continueAsNew<typeof superviseTopic>({ ...state.input, undelivered: partitions.undelivered });
  }
}

/** What comes from workers, from partitions, and from operators. */
function takeSignals(state: TopicState, partitions: PartitionOrders): void {
  setHandler(configureSignal, (settings) => {
    if (isWorkerSettings(settings)) state.configure(settings);
    else state.messages.ignore(SIGNALS.configure, 'these are no settings');
  });
  setHandler(answeredSignal, (answer) => {
    if (isAskedAnswer(answer)) partitions.answers.take(answer);
  });
  takeReplayMessages(state.topic, state.messages, () => showDetails(state));
  takeMessages({
    log: state.messages,
    names: MESSAGES,
    check: (message) => state.check(message),
    follow: (message) => {
      if (!state.follow(message)) partitions.pass(message);
    },
    answer: (message, duplicate) => partitions.answerTo(message, duplicate),
    ignored: () => showDetails(state),
  });
}

/** Watches the topic until something changes there, or `interrupted` holds: then undefined. */
async function watchTopic(state: TopicState, interrupted: () => boolean): Promise<ReconcileResult | undefined> {
  const scope = new CancellationScope();
  const { topic, topicId, partitions: known } = state;
  const input = { topic, known, topicId, orders: state.orders(), watchMs: WATCH_MS };
  const watching = scope.run(() => supervision.reconcilePartitions.executeWithOptions({ summary: topic }, [input]));
  const result = await Promise.race([watching, condition(interrupted).then(() => undefined)]);
  if (result === undefined) {
    watching.catch(() => undefined);
    scope.cancel();
  }
  return result;
}

/** What the Web UI shows of the supervisor. */
function showDetails(state: TopicState): void {
  const { epoch, partitions, messages } = state;
  const { received, duplicates, ignored } = messages.counts;
  setCurrentDetails(
    `**${state.wanted}**${holdText(state.orders().hold)}\n\n${partitions.length} partitions, epoch ${epoch.number}; messages: ${received} received, ` +
      `${duplicates} duplicates, ${ignored} ignored${ignoredMessage(messages.counts)}`,
  );
}
