import { ORDER_COST } from '../access/limits';
import { auditWorkflowId } from '../../domain/audit';
import { newId } from '../new-id';
import { auditView } from '../pipeline/audit-view';
import { workflowLinks } from '../pipeline/read-pipeline';
import type { AppDeps } from '../ports';
import { Problem, temporalUnavailable } from '../problem';
import { route, type Route } from '../route';
import { topicLink } from '../by-topic/topic-link';
import { auditBody, auditId, auditSchema, auditStartedSchema } from '../schemas/audit';
import { auditExample, auditStartedExample } from '../schemas/audit-examples';
import { noQuery } from '../schemas/log-queries';

/** Holds the ledger against what is there, and shows how far that is. */
export function auditRoutes({
  settings,
  audits,
  now = Date.now,
}: Pick<AppDeps, 'settings' | 'audits' | 'now'>): Route[] {
  const { topic } = settings;
  const workflow = (id: string) => workflowLinks(settings, auditWorkflowId(topic, id));
  return [
    route({
      method: 'post',
      path: '/pipeline/audit',
      tag: 'pipeline',
      scope: 'operate',
      cost: ORDER_COST,
      summary: 'Start an audit',
      description:
        'Holds the ledger against the documents, the dead letters and, where nothing is, Kafka: names missing, doubled ' +
        'and foreign offsets. A workflow of its own, beside the running pipeline.',
      query: noQuery,
      body: auditBody,
      answers: {
        202: {
          description: 'It was started; GET /pipeline/audits/{id} shows how far it is.',
          content: { 'application/json': { schema: auditStartedSchema, example: auditStartedExample } },
        },
      },
      problems: [
        'invalid_parameter',
        'invalid_body',
        'body_too_large',
        'uri_too_long',
        'unsupported_media_type',
        'internal_error',
        'temporal_unavailable',
      ],
      handle: async ({ body }, ctx) => {
        const id = newId(now());
        await audits.start(topic, id, body).catch(temporalUnavailable);
        ctx.status = 202;
        ctx.body = { id, url: topicLink(settings, `/pipeline/audits/${id}`), ...workflow(id) };
      },
    }),
    route({
      method: 'get',
      path: '/pipeline/audits/{id}',
      tag: 'pipeline',
      scope: 'read',
      summary: 'Progress and result of an audit',
      query: noQuery,
      params: auditId,
      answers: {
        200: {
          description: 'The audit.',
          content: { 'application/json': { schema: auditSchema, example: auditExample } },
        },
      },
      problems: [
        'invalid_parameter',
        'not_found',
        'audit_not_found',
        'uri_too_long',
        'internal_error',
        'temporal_unavailable',
      ],
      handle: async ({ params: { id } }, ctx) => {
        const reading = await audits.read(topic, id).catch(temporalUnavailable);
        if (!reading) throw new Problem('audit_not_found', `No audit ${id} is known, or no longer.`);
        ctx.body = auditView(id, reading, workflow(id));
      },
    }),
  ];
}
