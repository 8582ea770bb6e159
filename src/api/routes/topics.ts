import { DEADLINE_MS } from '../pipeline/gather-facts';
import type { AppDeps } from '../ports';
import { route, type Route } from '../route';
import { noQuery } from '../schemas/log-queries';
import { epochsExample, epochsSchema, topicsExample, topicsSchema } from '../schemas/topics';
import { searchProblems } from './dead-letters';

/** The route that lists the topics. @param all the first one first */
export function topicsRoute(all: readonly Pick<AppDeps, 'settings' | 'workflows' | 'pipelineFile'>[]): Route {
  const file = all[0]!.pipelineFile;
  return route({
    method: 'get',
    path: '/topics',
    tag: 'pipeline',
    scope: 'read',
    summary: 'The topics and their configuration',
    description:
      'As the pipeline file or the environment has it, and whether the pipeline works with it. Answers within 2 s.',
    query: noQuery,
    answers: {
      200: {
        description: 'The topics, in the order of the configuration.',
        content: { 'application/json': { schema: topicsSchema, example: topicsExample } },
      },
    },
    problems: ['invalid_parameter', 'uri_too_long', 'internal_error'],
    handle: async (_, ctx) => {
      const deadline = Date.now() + DEADLINE_MS;
      const topics = all.map(async ({ settings, workflows }, position) => {
        const { state } = await workflows.supervisor(settings.topic, deadline);
        const { rulesHash, content } = settings.configuration?.() ?? { rulesHash: '', content: {} };
        return {
          topic: settings.topic,
          first: position === 0,
          rules_hash: rulesHash,
          epoch: state?.epoch.number ?? null,
          in_force: state ? state.epoch.rulesHash === rulesHash : null,
          configuration: content,
        };
      });
      ctx.set('Cache-Control', 'no-store');
      ctx.body = { file: file?.path ?? null, problem: file?.problem ?? null, topics: await Promise.all(topics) };
    },
  });
}

/** The route that tells of a topic with what its documents are made. */
export function epochRoutes({ settings, epochs }: Pick<AppDeps, 'settings' | 'epochs'>): Route[] {
  const { topic } = settings;
  return [
    route({
      method: 'get',
      path: '/pipeline/epochs',
      tag: 'pipeline',
      scope: 'read',
      summary: 'With what the documents of each epoch are made',
      description:
        'Every document carries its epoch. One that has several records was written with each of them: by a repair, or ' +
        'after the loss of everything else.',
      query: noQuery,
      answers: {
        200: {
          description: 'The records, the newest epoch first, 1000 at most.',
          content: { 'application/json': { schema: epochsSchema, example: epochsExample } },
        },
      },
      problems: searchProblems,
      handle: async (_, ctx) => {
        const records = await epochs.list();
        ctx.body = {
          topic,
          epochs: records.map(({ epoch, rulesHash, recordedAt, configuration }) => ({
            ...{ epoch, rules_hash: rulesHash, recorded_at: recordedAt, configuration },
          })),
        };
      },
    }),
  ];
}
