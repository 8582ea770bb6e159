import { ORDER_COST } from '../access/limits';
import { isReplayOver, type ReplayMessage, type StoredReplay } from '../../domain/replay';
import { Problem, type ProblemCode } from '../problem';
import {
  continueReplay,
  isEnding,
  placeOrder,
  untilEnded,
  replayWorkflow,
  type ReplayDeps,
} from '../replays/order-replay';
import { replayView, statusOf } from '../replays/replay-view';
import { route, type Route } from '../route';
import { topicLink } from '../by-topic/topic-link';
import { noQuery } from '../schemas/log-queries';
import { replayExample, replayMessageExample, replayStartedExample } from '../schemas/replay-examples';
import {
  replayBody,
  replayId,
  replayMessageBody,
  replayMessageSchema,
  replaySchema,
  replaysQuery,
  replaysSchema,
  replayStartedSchema,
} from '../schemas/replays';
import { searchProblems } from './dead-letters';

const bodyProblems = ['invalid_body', 'body_too_large', 'unsupported_media_type', 'temporal_unavailable'] as const;

/** The routes that replay ranges of the topic. */
export function replayRoutes(deps: ReplayDeps): Route[] {
  return [orderRoute(deps), listRoute(deps), showRoute(deps), ...MESSAGES.map((one) => messageRoute(one, deps))];
}

function orderRoute(deps: ReplayDeps): Route {
  return route({
    method: 'post',
    path: '/replays',
    tag: 'pipeline',
    scope: 'operate',
    cost: ORDER_COST,
    summary: 'Replay a range of the topic',
    description:
      'A workflow beside the live one, which it never changes: offsets that the pipeline has not reached are left to it. ' +
      'Records of days that are not kept any more are left out, and those with a dead letter are the redrive’s.',
    query: noQuery,
    body: replayBody,
    answers: {
      202: {
        description: 'It was started; GET /replays/{id} shows how far it is.',
        content: { 'application/json': { schema: replayStartedSchema, example: replayStartedExample } },
      },
    },
    problems: [...searchProblems, ...bodyProblems],
    handle: async ({ body }, ctx) => {
      const { id, duplicate } = await placeOrder(deps, body);
      ctx.status = 202;
      ctx.body = {
        id,
        url: topicLink(deps.settings, `/replays/${id}`),
        duplicate,
        ...replayWorkflow(deps.settings, id),
      };
    },
  });
}

function listRoute({ settings, replays }: ReplayDeps): Route {
  const { topic } = settings;
  return route({
    method: 'get',
    path: '/replays',
    tag: 'pipeline',
    scope: 'read',
    summary: 'Replays, the newest first',
    query: replaysQuery,
    answers: {
      200: {
        description: 'The replays that were ordered, ended ones included.',
        content: { 'application/json': { schema: replaysSchema, example: { replays: [replayExample] } } },
      },
    },
    problems: searchProblems,
    handle: async ({ query: { size } }, ctx) => {
      const stored = await replays.store.list(topic, size);
      const views = stored.map(async (one) => {
        const { id } = one.order;
        // What has ended says all there is to say itself.
        const over = isReplayOver(one.status);
        const reading = over ? { execution: 'closed' as const } : await replays.workflows.read(topic, id);
        return replayView(one, reading, replayWorkflow(settings, id));
      });
      ctx.body = { replays: await Promise.all(views) };
    },
  });
}

function showRoute({ settings, replays }: ReplayDeps): Route {
  return route({
    method: 'get',
    path: '/replays/{id}',
    tag: 'pipeline',
    scope: 'read',
    summary: 'Progress and result of a replay',
    query: noQuery,
    params: replayId,
    answers: {
      200: {
        description: 'The replay; what it found and did is kept for good.',
        content: { 'application/json': { schema: replaySchema, example: replayExample } },
      },
    },
    problems: [...searchProblems, 'not_found', 'replay_not_found'],
    handle: async ({ params: { id } }, ctx) => {
      const [stored, reading] = await Promise.all([
        find(replays.store, settings.topic, id),
        replays.workflows.read(settings.topic, id),
      ]);
      ctx.body = replayView(stored, reading, replayWorkflow(settings, id));
    },
  });
}

const MESSAGES: readonly { message: ReplayMessage; summary: string; description: string }[] = [
  {
    message: 'pause',
    summary: 'Pause a replay',
    description: 'What is in hand is brought to its end, a few seconds at most while the servers answer.',
  },
  {
    message: 'resume',
    summary: 'Resume a replay',
    description: 'One that was cancelled, failed or stopped goes on where it was: no range twice, none left out.',
  },
  {
    message: 'cancel',
    summary: 'Cancel a replay',
    description: 'It ends behind what it has in hand; what is done stays done, and `resume` goes on from there.',
  },
];

function messageRoute({ message, summary, description }: (typeof MESSAGES)[number], deps: ReplayDeps): Route {
  const { settings, replays, logger } = deps;
  const { topic } = settings;
  const problems: ProblemCode[] = [...searchProblems, ...bodyProblems, 'not_found', 'replay_not_found', 'replay_over'];
  const answer = (acknowledged: boolean) => ({
    'application/json': { schema: replayMessageSchema, example: { ...replayMessageExample, acknowledged } },
  });
  return route({
    method: 'post',
    path: `/replays/{id}/${message}`,
    tag: 'pipeline',
    scope: 'operate',
    summary,
    description,
    query: noQuery,
    params: replayId,
    body: replayMessageBody,
    answers: {
      200: { description: 'The replay has taken it.', content: answer(true) },
      202: { description: 'No worker answered in time: the message was left for it.', content: answer(false) },
    },
    problems,
    handle: async ({ params: { id }, body: { actor, reason } }, ctx) => {
      const stored = await find(replays.store, topic, id);
      const delivery = await replays.workflows.send(topic, id, message, { actor, reason }).catch((cause: unknown) => {
        throw new Problem('temporal_unavailable', 'Temporal did not answer. Try again: it may be sent twice.', [], {
          cause,
        });
      });
      const say = (status: string, acknowledged: boolean) => {
        ctx.status = acknowledged ? 200 : 202;
        ctx.body = { id, status, acknowledged, ...replayWorkflow(settings, id) };
      };
      logger.info({ replay: id, message, actor, delivery: delivery.kind }, 'replay message');
      if (message === 'resume' && isEnding(delivery)) {
        const reading = await untilEnded(deps, id);
        await continueReplay(deps, await find(replays.store, topic, id), reading);
        return say('ordered', true);
      }
      if (delivery.kind === 'answered') return say(delivery.status, true);
      const reading = await replays.workflows.read(topic, id);
      if (delivery.kind === 'left') return say(statusOf(stored, reading), false);
      if (message !== 'resume') {
        throw new Problem('replay_over', `The replay is ${statusOf(stored, reading)}: there is nothing to ${message}.`);
      }
      await continueReplay(deps, stored, reading);
      return say('ordered', true);
    },
  });
}

async function find(store: ReplayDeps['replays']['store'], topic: string, id: string): Promise<StoredReplay> {
  const stored = await store.read(id);
  if (stored?.order.topic !== topic) throw new Problem('replay_not_found', `There is no replay ${id}.`);
  return stored;
}
