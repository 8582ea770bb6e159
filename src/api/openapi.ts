import type { z } from 'zod';
import { createDocument, type ZodOpenApiPathsObject, type ZodOpenApiResponsesObject } from 'zod-openapi';
import { accessProblems, securityOf, securitySchemes } from './access/describe';
import { problemBody, Problem, PROBLEMS, type ProblemCode } from './problem';
import { CONNECTION_PROBLEMS } from './refuse-malformed';
import type { Route } from './route';
import { problemSchema } from './schemas/answers';

/** The OpenAPI 3.1 document, made from the routes and the schemas that check their requests. */
export function describeRoutes(routes: readonly Route[], version: string): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const one of routes) {
    paths[one.path] = {
      ...paths[one.path],
      [one.method]: {
        operationId: operationId(one),
        summary: one.summary,
        ...(one.description ? { description: one.description } : {}),
        tags: [one.tag],
        security: securityOf(one),
        ...requestParams(one),
        ...(one.body ? { requestBody: requestBody(one.body) } : {}),
        responses: {
          ...one.answers,
          ...problemAnswers([...accessProblems(one), ...one.problems, ...CONNECTION_PROBLEMS], one),
        } as ZodOpenApiResponsesObject,
      },
    };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Sluice',
      version,
      description:
        'Search scored logs; see and steer the pipeline that brings them. Errors are RFC 9457 problems. ' +
        'Where keys are on, each route names the scope that a key must have: monitor, read, operate or admin, of which each ' +
        'includes those before it.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'logs', description: 'Search and figures.' },
      { name: 'pipeline', description: 'State and operations of the pipeline.' },
      { name: 'service', description: 'The API itself.' },
    ],
    components: { securitySchemes },
    paths,
  });
}

function requestParams({ query, params, headers }: Route) {
  const given = {
    ...(Object.keys(query.shape).length > 0 ? { query } : {}),
    ...(params ? { path: params } : {}),
    ...(headers ? { header: headers } : {}),
  };
  return Object.keys(given).length > 0 ? { requestParams: given } : {};
}

function requestBody(schema: z.ZodType) {
  const { description = 'The order.', example } = schema.meta() ?? {};
  const content = { 'application/json': { schema, ...(example === undefined ? {} : { example }) } };
  return { description, required: true, content };
}

/** `getLogsStats` of GET /logs/stats. */
function operationId({ method, path }: Route): string {
  const words = path.split(/[^A-Za-z]+/).filter(Boolean);
  return method + (words.length === 0 ? 'Index' : words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join(''));
}

/** One answer per status; several codes of a status are examples of it. */
function problemAnswers(codes: readonly ProblemCode[], { path, answers }: Route) {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus]
      .filter(([status]) => !(status in answers))
      .map(([status, sameStatus]) => [
        status,
        {
          description: sameStatus.map((code) => PROBLEMS[code].title).join('; '),
          ...(status === 503 || status === 429 ? { headers: retryAfter } : {}),
          content: {
            'application/problem+json': {
              schema: problemSchema,
              examples: Object.fromEntries(sameStatus.map((code) => [code, { value: exampleOf(code, path) }])),
            },
          },
        },
      ]),
  );
}

const retryAfter = {
  'Retry-After': {
    description: 'Seconds to wait before the next try.',
    schema: { type: 'integer' as const },
    example: 5,
  },
};

function exampleOf(code: ProblemCode, path: string) {
  const parts = code === 'invalid_parameter' ? [{ parameter: 'colour', detail: 'unknown parameter' }] : [];
  return problemBody(new Problem(code, PROBLEMS[code].title, parts), path, '7b0f2f0e-6f0a-4d0e-9d55-0d4c3c1f2a11');
}
