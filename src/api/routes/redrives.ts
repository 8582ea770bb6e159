import { ORDER_COST } from '../access/limits';
import { orderRedrive, redriveWorkflow, toLetterFilter, type RedriveDeps } from '../dead-letters/order-redrive';
import { Problem } from '../problem';
import { route, type Route } from '../route';
import { previewExample, redriveExample, redriveStartedExample } from '../schemas/dead-letter-examples';
import {
  letterParams,
  previewSchema,
  redriveBody,
  redriveOneBody,
  redriveParams,
  redriveSchema,
  redriveStartedSchema,
} from '../schemas/dead-letters';
import { noQuery } from '../schemas/log-queries';
import { operationBody } from '../schemas/operations';
import { searchProblems } from './dead-letters';

const bodyProblems = ['invalid_body', 'body_too_large', 'unsupported_media_type', 'temporal_unavailable'] as const;
/** A record of 1 MiB, escaped. */
const EDITED_LIMIT = '3mb';

const answers = {
  200: {
    description: 'What would happen (`dry_run`).',
    content: { 'application/json': { schema: previewSchema, example: previewExample } },
  },
  202: {
    description: 'The redrive was started; GET /pipeline/redrives/{id} shows how far it is.',
    content: { 'application/json': { schema: redriveStartedSchema, example: redriveStartedExample } },
  },
};

/** An object that is nested too deeply has no text. @throws Problem invalid_body */
function jsonOf(body: object): string {
  try {
    return JSON.stringify(body);
  } catch {
    throw new Problem('invalid_body', 'The body is nested too deeply.', [
      { pointer: '/body', detail: 'is nested too deeply: send it flatter' },
    ]);
  }
}

/** The routes that redrive dead letters. */
export function redriveRoutes(deps: RedriveDeps): Route[] {
  const { deadLetters, settings, logger, now = Date.now } = deps;
  return [
    route({
      method: 'post',
      path: '/pipeline/dead-letters/redrive',
      tag: 'pipeline',
      scope: 'operate',
      cost: ORDER_COST,
      summary: 'Redrive dead letters',
      description:
        'Decodes, scores and indexes the records of open letters again, under their own ids. What is refused again stays ' +
        'open, with the newest reason.',
      query: noQuery,
      body: redriveBody,
      answers,
      problems: [...searchProblems, ...bodyProblems],
      handle: async ({ body: { ids, filter, ...order } }, ctx) => {
        const selection = ids ? { ids } : toLetterFilter(filter ?? {}, now());
        Object.assign(ctx, await orderRedrive(deps, { ...order, filter: selection }));
      },
    }),
    route({
      method: 'post',
      path: '/pipeline/dead-letters/{id}/redrive',
      tag: 'pipeline',
      scope: 'operate',
      summary: 'Redrive one dead letter, with an edited body where wanted',
      description: 'An edited document keeps the record’s place and id and is marked; the letter keeps the original.',
      query: noQuery,
      params: letterParams,
      body: redriveOneBody,
      bodyLimit: EDITED_LIMIT,
      answers,
      problems: [...searchProblems, ...bodyProblems, 'not_found', 'dead_letter_not_found', 'dead_letter_not_open'],
      handle: async ({ params: { id }, body: { body, ...order } }, ctx) => {
        const found = await deadLetters.search.get(id);
        if (!found) throw new Problem('dead_letter_not_found', `There is no dead letter ${id}.`);
        const { state, offset, kafka_timestamp: timestamp } = found.document;
        if (state === 'redriven' || state === 'resolved') {
          throw new Problem('dead_letter_not_open', `The letter is ${state}: its record has its document.`);
        }
        const text = typeof body === 'string' ? body : body && jsonOf(body);
        const editedBody = text === undefined ? undefined : deadLetters.redact(Buffer.from(text));
        const decoded =
          editedBody && !order.dry_run
            ? await deadLetters.decodeApart({ offset, timestamp, key: null, value: editedBody })
            : undefined;
        if (decoded?.kind === 'rejected') {
          const { code, field, detail } = decoded.rejection;
          const pointer = field === '' ? '/body' : `/body/${field.replaceAll('.', '/')}`;
          throw new Problem('invalid_body', `It would be refused: ${code}.`, [{ pointer, detail }]);
        }
        Object.assign(ctx, await orderRedrive(deps, { ...order, filter: { ids: [id] }, editedBody }));
      },
    }),
    route({
      method: 'get',
      path: '/pipeline/redrives/{id}',
      tag: 'pipeline',
      scope: 'read',
      summary: 'Progress and result of a redrive',
      description: 'The counts are taken from the letters themselves.',
      query: noQuery,
      params: redriveParams,
      answers: {
        200: {
          description: 'The redrive.',
          content: { 'application/json': { schema: redriveSchema, example: redriveExample } },
        },
      },
      problems: [...searchProblems, 'not_found', 'redrive_not_found'],
      handle: async ({ params: { id } }, ctx) => {
        const [order, counts, state] = await Promise.all([
          deadLetters.orders.read(id),
          deadLetters.letters.countByOperation(id),
          deadLetters.workflows.status(id).catch(() => 'unreachable'),
        ]);
        if (!order) throw new Problem('redrive_not_found', `There is no redrive ${id}.`);
        ctx.body = {
          operation: id,
          state,
          ordered_at: order.orderedAt,
          actor: order.actor,
          reason: order.reason ?? null,
          selected: order.selected,
          redriven: counts.redriven + counts.resolved,
          rejected: counts.open,
          in_hand: counts.redriving,
          ...redriveWorkflow(settings, id),
        };
      },
    }),
    route({
      method: 'post',
      path: '/pipeline/redrives/{id}/cancel',
      tag: 'pipeline',
      scope: 'operate',
      summary: 'Stop a redrive',
      description: 'It ends between two groups of letters; what it has moved stays moved.',
      query: noQuery,
      params: redriveParams,
      body: operationBody,
      answers: { 204: { description: 'The redrive was told to stop.' } },
      problems: [
        'invalid_parameter',
        'uri_too_long',
        'internal_error',
        ...bodyProblems,
        'not_found',
        'redrive_not_found',
      ],
      handle: async ({ params: { id }, body }, ctx) => {
        const told = await deadLetters.workflows.cancel(id).catch((cause: unknown) => {
          throw new Problem('temporal_unavailable', 'Temporal did not answer. Try again.', [], { cause });
        });
        if (!told) throw new Problem('redrive_not_found', `No redrive ${id} is running.`);
        logger.info({ operation: id, actor: body.actor ?? 'api' }, 'redrive cancelled');
        ctx.status = 204;
      },
    }),
  ];
}
