import { isExportOver, type ExportMessage, type ExportStatus } from '../../domain/export';
import { callerOf } from '../access/guard';
import { exportStatus } from '../exports/export-view';
import { continueExport, exportWorkflow, findExport, type LongExportDeps } from '../exports/order-export';
import { Problem } from '../problem';
import { route, type Route } from '../route';
import { exportMessageExample } from '../schemas/log-export-examples';
import { exportMessageBody, exportMessageSchema, exportParams } from '../schemas/log-exports';
import { noQuery } from '../schemas/log-queries';
import { exportProblems } from './log-exports';

const MESSAGES: readonly { message: ExportMessage; summary: string; description: string }[] = [
  {
    message: 'pause',
    summary: 'Pause a long export',
    description: 'It ends behind a whole part. Paused for more than half an hour it begins anew, over a new moment.',
  },
  {
    message: 'resume',
    summary: 'Resume a long export',
    description: 'One that has failed or was stopped goes on where it was. One that was cancelled cannot.',
  },
  {
    message: 'cancel',
    summary: 'Cancel a long export',
    description: 'What is written is removed. A key of the scope read may cancel what it has ordered.',
  },
];

/** The routes that steer long exports. */
export function exportMessageRoutes(deps: LongExportDeps): Route[] {
  return MESSAGES.map((one) => messageRoute(one, deps));
}

function messageRoute({ message, summary, description }: (typeof MESSAGES)[number], deps: LongExportDeps): Route {
  const { settings, desk, logger } = deps;
  const { topic } = settings;
  const answer = (acknowledged: boolean) => ({
    'application/json': { schema: exportMessageSchema, example: { ...exportMessageExample, acknowledged } },
  });
  return route({
    method: 'post',
    path: `/logs/exports/{id}/${message}`,
    tag: 'logs',
    scope: 'read',
    ...{ summary, description },
    query: noQuery,
    params: exportParams,
    body: exportMessageBody,
    answers: {
      200: { description: 'The export has taken it.', content: answer(true) },
      202: { description: 'No worker answered in time: the message was left for it.', content: answer(false) },
    },
    problems: [
      ...exportProblems,
      ...(['invalid_body', 'body_too_large', 'unsupported_media_type', 'temporal_unavailable'] as const),
      ...(['not_found', 'export_not_found', 'export_over'] as const),
      // A pause writes nothing here.
      ...(message === 'pause' ? [] : (['export_disk_full'] as const)),
    ],
    handle: async ({ params: { id }, body: { actor, reason } }, ctx) => {
      const stored = await findExport(deps, id, callerOf(ctx));
      const delivery = await desk.workflows.send(topic, id, message, { actor, reason }).catch((cause: unknown) => {
        const detail = 'Temporal did not answer. Try again: it may be sent twice.';
        throw new Problem('temporal_unavailable', detail, [], { cause });
      });
      logger.info({ export: id, message, actor, delivery: delivery.kind }, 'export message');
      const say = (status: string, acknowledged: boolean) => {
        ctx.status = acknowledged ? 200 : 202;
        ctx.body = { id, status, acknowledged, ...exportWorkflow(settings, id) };
      };
      if (delivery.kind === 'left') {
        return say(exportStatus(stored, await desk.workflows.read(topic, id)), false);
      }
      if (delivery.kind === 'answered' && !(message === 'resume' && isEnding(delivery.status))) {
        return say(delivery.status, true);
      }
      if (message === 'resume') {
        await continueExport(deps, id);
        return say('ordered', true);
      }
      if (message === 'pause' || isExportOver(stored.status)) {
        throw new Problem('export_over', `The export is not under way: there is nothing to ${message}.`);
      }
      // Without a workflow nobody else removes what it has written.
      await desk.shelf.tidy(id);
      await desk.shelf.update(id, { status: 'cancelled', failure: null });
      return say('cancelled', true);
    },
  });
}

function isEnding(status: ExportStatus): boolean {
  return status === 'cancelling' || isExportOver(status);
}
