import { z } from 'zod';
import { checkHealth } from '../check-health';
import type { AppDeps } from '../ports';
import { route, type Route } from '../route';
import { healthSchema, indexSchema, liveSchema } from '../schemas/answers';
import { healthExample } from '../schemas/examples';
import { noQuery } from '../schemas/log-queries';

const LINKS = {
  health: '/health',
  logs: '/logs',
  stats: '/logs/stats',
  anomalies: '/logs/anomalies',
  histogram: '/logs/histogram',
  facets: '/logs/facets',
  stream: '/logs/stream',
  exports: '/logs/exports',
  pipeline: '/pipeline',
  topics: '/topics',
  ledger: '/pipeline/ledger',
  retention: '/retention',
  metrics: '/metrics',
  openapi: '/openapi.json',
  docs: '/docs/',
};

const problems = ['invalid_parameter', 'uri_too_long', 'internal_error'] as const;

function json(description: string, schema: z.ZodType, example: unknown) {
  return { description, content: { 'application/json': { schema, example } } };
}

/** What the API says of itself. `describe` gives the OpenAPI document. */
export function serviceRoutes(
  { version, health }: Pick<AppDeps, 'version' | 'health'>,
  describe: () => object,
): Route[] {
  return [
    route({
      method: 'get',
      path: '/',
      tag: 'service',
      scope: 'open',
      summary: 'Name, version and links',
      query: noQuery,
      answers: { 200: json('Where to go from here.', indexSchema, { name: 'sluice', version, links: LINKS }) },
      problems,
      handle: (_, ctx) => {
        ctx.body = { name: 'sluice', version, links: LINKS };
      },
    }),
    route({
      method: 'get',
      path: '/health',
      tag: 'service',
      scope: 'monitor',
      summary: 'Health of the dependencies',
      description: 'Asks Kafka, Elasticsearch and Temporal side by side, each for at most 2 s.',
      query: noQuery,
      answers: {
        200: json('Every dependency answers.', healthSchema, healthExample),
        503: json('Some dependency is down.', healthSchema, {
          ...healthExample,
          status: 'down',
          dependencies: {
            ...healthExample.dependencies,
            kafka: { status: 'down', latency_ms: 2000.4, message: '127.0.0.1:9092: no answer within 2000 ms' },
          },
        }),
      },
      problems,
      handle: async (_, ctx) => {
        const report = await checkHealth(health);
        ctx.status = report.status === 'up' ? 200 : 503;
        ctx.set('Cache-Control', 'no-store');
        ctx.body = { status: report.status, version, dependencies: report.dependencies, warnings: report.warnings };
      },
    }),
    route({
      method: 'get',
      path: '/health/live',
      tag: 'service',
      scope: 'open',
      summary: 'Whether this process answers',
      query: noQuery,
      answers: { 200: json('It does.', liveSchema, { status: 'up', uptime_s: 3600 }) },
      problems,
      handle: (_, ctx) => {
        ctx.body = { status: 'up', uptime_s: Math.round(process.uptime()) };
      },
    }),
    route({
      method: 'get',
      path: '/openapi.json',
      tag: 'service',
      scope: 'open',
      summary: 'This description',
      query: noQuery,
      answers: {
        200: {
          description: 'OpenAPI 3.1.',
          content: { 'application/json': { schema: z.looseObject({ openapi: z.string() }) } },
        },
      },
      problems,
      handle: (_, ctx) => {
        ctx.body = describe();
      },
    }),
  ];
}
