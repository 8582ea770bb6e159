import type { GatheredFacts } from '../pipeline/gather-facts';
import { createPipelineReader } from '../pipeline/read-pipeline';
import type { AppDeps } from '../ports';
import { route, type Route } from '../route';
import { pipelineExample } from '../schemas/examples';
import { noQuery } from '../schemas/log-queries';
import { pipelineSchema } from '../schemas/pipeline';

/** The route that shows the pipeline. */
export function pipelineRoutes(gather: () => Promise<GatheredFacts>, deps: Pick<AppDeps, 'settings'>): Route[] {
  const readPipeline = createPipelineReader(deps, gather);
  return [
    route({
      method: 'get',
      path: '/pipeline',
      tag: 'pipeline',
      scope: 'read',
      summary: 'State of the pipeline',
      description:
        'Each partition as its workflow tells it; without a worker, or without Temporal, from the commits in Kafka, ' +
        'which `source` and `note` then say. Answers within 2 s.',
      query: noQuery,
      answers: {
        200: {
          description: 'The state, by partition.',
          content: { 'application/json': { schema: pipelineSchema, example: pipelineExample } },
        },
      },
      problems: ['invalid_parameter', 'uri_too_long', 'internal_error', 'pipeline_unavailable'],
      handle: async (_, ctx) => {
        ctx.body = await readPipeline();
      },
    }),
  ];
}
