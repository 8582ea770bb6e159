import type { Context } from 'koa';
import { z } from 'zod';
import type { Route } from '../route';
import { invalidParameters } from '../validate';
import { leaveQuery } from './rest-of-query';

/** The routes of one topic. All topics have the same ones, in the same order. */
export interface TopicRoutes {
  topic: string;
  routes: readonly Route[];
}

const topicParameter = z.string().optional().meta({
  description:
    'The topic that is meant; the first one of the configuration where none is named. GET /topics lists them.',
  example: 'logs',
});

/** The routes of all topics as one set: the parameter `topic` says which topic is asked, or told. */
export function routesByTopic(all: readonly TopicRoutes[]): Route[] {
  const [first] = all;
  return first!.routes.map((described, position) => {
    const byTopic = new Map(all.map(({ topic, routes }) => [topic, routes[position]!]));
    return {
      ...described,
      query: described.query.safeExtend({ topic: topicParameter }),
      run: async (ctx) => byTopic.get(takeTopic(ctx, [...byTopic.keys()]))!.run(ctx),
    };
  });
}

/** Reads the parameter, and leaves the others to the route. @throws Problem invalid_parameter */
function takeTopic(ctx: Context, topics: readonly string[]): string {
  const given = new URLSearchParams(ctx.querystring);
  const [named = topics[0]!, ...more] = given.getAll('topic');
  if (more.length > 0) throw invalidParameters([{ parameter: 'topic', detail: 'must be given once' }]);
  if (!topics.includes(named)) {
    throw invalidParameters([{ parameter: 'topic', detail: `there is no such topic; there are ${topics.join(', ')}` }]);
  }
  given.delete('topic');
  leaveQuery(ctx, { text: given.toString(), taken: ['topic'] });
  return named;
}
