import { z } from 'zod';
import 'zod-openapi';
import { LETTER_STATES } from '../../domain/dead-letter';
import { parseDocumentId } from '../../domain/ids';
import { REJECTION_CODES } from '../../domain/record';
import { fromCursor } from '../dead-letters/letter-view';
import { commaList, time } from './log-filters';
import { fullText, wholeNumber } from './log-queries';

/** Schemas of the dead-letter routes. */

const count = z.int().min(0);
const partition = wholeNumber(0, 2 ** 31 - 1);
const reason = z.strictObject({
  code: z.enum(REJECTION_CODES),
  field: z
    .string()
    .meta({ description: 'Dotted path of the offending field; empty when it is the record as a whole.' }),
  detail: z.string().meta({ description: 'What was wrong, in the words of whoever refused it.' }),
});

const listStyle = { style: 'form', explode: false } as const;

const filters = {
  partition: commaList(partition).meta({
    description: 'Partitions, comma-separated.',
    example: [0, 2],
    param: listStyle,
  }),
  reason: commaList(z.enum(REJECTION_CODES)).meta({
    description: 'Reason codes, comma-separated.',
    example: ['invalid_json'],
    param: listStyle,
  }),
  from: time.meta({
    description: 'Dead-lettered from then on: ISO 8601 or relative, `now-1h`.',
    example: '2026-11-24T09:00:00Z',
    param: {},
  }),
  to: time.meta({ description: 'Dead-lettered before then.', example: '2026-11-24T10:00:00Z' }),
  q: fullText.meta({ description: 'Full text of the start of the record and of the detail.', example: 'timestamp' }),
};

export const deadLettersQuery = z.object({
  ...filters,
  state: commaList(z.enum(LETTER_STATES)).meta({
    description: 'States, comma-separated.',
    example: ['open'],
    param: listStyle,
  }),
  size: wholeNumber(1, 500).default(50).meta({ description: 'Letters on a page.', example: 50 }),
  cursor: z
    .string()
    .refine((text) => fromCursor(text) !== undefined, 'must be the next_cursor of an earlier page')
    .optional()
    .meta({
      description: 'Goes on where an earlier page ended: its `next_cursor`.',
      example: 'MTc5NTUxNDA1Nzc3My4xLjIuNDcxMQ',
    }),
});

const id = z
  .string()
  .refine((text) => parseDocumentId(text) !== undefined, 'must be a document id')
  .meta({ description: 'Generation, partition and offset of the record.', example: '01-0002-0000000000004711' });

export const letterParams = z.object({ id });
export const redriveParams = z.object({
  id: z.uuid().meta({ description: 'The operation of a redrive.', example: '7b0f2f0e-6f0a-4d0e-9d55-0d4c3c1f2a11' }),
});

const letter = {
  id: z.string(),
  index: z.string(),
  state: z.enum(LETTER_STATES).meta({
    description:
      '`open`: no document. `redriving`: an operation has it in hand. `redriven`: an operation wrote its document. ' +
      '`resolved`: the pipeline wrote its document when it met the record again.',
  }),
  reason,
  attempts: count.meta({ description: 'How often the record was refused.' }),
  dead_lettered_at: z.string(),
  changed_at: z.string(),
  kafka: z.strictObject({
    topic: z.string(),
    generation: count,
    partition: count,
    offset: z.string(),
    timestamp: z.number(),
  }),
  epoch: count,
  bytes: count.meta({ description: 'Size of the record’s value.' }),
  record_hash: z.string(),
  whole: z
    .boolean()
    .meta({ description: 'False when only the dead-letter topic has the bytes, which were too large.' }),
  edited: z.boolean().meta({ description: 'True when its document was made of an edited body.' }),
  redacted: z.boolean().meta({
    description:
      'True when secrets were taken out of body, key, headers or reason. A redrive takes the record from Kafka.',
  }),
  operation: z.string().nullable().meta({ description: 'The last redrive that took hold of it.' }),
  parts: count.nullable().meta({ description: 'Log records of the message; null unless it holds several.' }),
  refused: z
    .array(z.strictObject({ part: count, ...reason.shape }))
    .meta({ description: 'Those of them that are refused, the first 50; `part` counts from 0.' }),
  documents: count.meta({ description: 'Documents of the message by now: its good log records keep theirs.' }),
  text: z.string().meta({ description: 'The start of the value.' }),
};
export const deadLetterSchema = z.strictObject(letter).meta({ id: 'DeadLetter' });

const bytes = { encoding: z.enum(['utf8', 'base64']), content: z.string() };
export const deadLetterDetailSchema = z
  .strictObject({
    ...letter,
    body: z.strictObject(bytes).nullable(),
    key: z.strictObject(bytes).nullable(),
    headers: z.array(z.strictObject({ name: z.string(), ...bytes })),
  })
  .meta({ id: 'DeadLetterDetail' });

const byReason = z.array(z.strictObject({ reason: z.string(), count }));

export const deadLettersSchema = z
  .strictObject({
    total: z.strictObject({ value: count, relation: z.enum(['eq', 'gte']) }),
    took_ms: z.number(),
    partial: z.boolean(),
    size: count,
    next_cursor: z.string().nullable(),
    letters: z.array(deadLetterSchema),
    by_reason: byReason.meta({ description: 'Over everything that the filters select.' }),
    by_state: z.record(z.enum(LETTER_STATES), count),
  })
  .meta({ id: 'DeadLetterPage' });

const order = {
  dry_run: z.boolean().default(false).meta({ description: 'Only says what would happen; nothing is written.' }),
  reason: z.string().trim().min(1).max(500).optional(),
  actor: z.string().trim().min(1).max(100).default('api'),
};

const MAX_IDS = 400;
export const redriveBody = z
  .strictObject({
    ids: z.array(id).min(1).max(MAX_IDS).optional(),
    filter: z
      .strictObject({
        partition: z.array(z.int().min(0)).min(1).max(50).optional(),
        reason: z.array(z.enum(REJECTION_CODES)).min(1).optional(),
        from: time,
        to: time,
        q: fullText,
      })
      .optional(),
    all: z.literal(true).optional(),
    ...order,
  })
  .refine(
    ({ ids, filter, all }) => [ids, filter, all].filter((one) => one !== undefined).length === 1,
    'one of ids, filter and all is wanted',
  )
  .meta({ id: 'Redrive', example: { filter: { reason: ['mapping_rejected'] }, dry_run: true, actor: 'on-call' } });

export const redriveOneBody = z
  .strictObject({
    body: z
      .union([z.record(z.string(), z.unknown()), z.string().min(1)])
      .optional()
      .meta({
        description: 'Edited: the document is made of it and marked `edited`. An object, or the exact text of one.',
      }),
    ...order,
  })
  .meta({
    id: 'RedriveOne',
    example: { body: { service: 'auth', level: 'info', message: 'mended' }, actor: 'on-call' },
  });

export const previewSchema = z
  .strictObject({
    dry_run: z.literal(true),
    selected: count,
    examined: count.meta({ description: 'How many of them were decoded for this answer.' }),
    outcomes: z.strictObject({ indexed: count, rejected: count, expired: count, unknown: count }).meta({
      description:
        'Of those: `indexed` unless the mapping refuses them, `rejected` still, `expired`: their day is not kept any more, ' +
        '`unknown`: their bytes are in Kafka only.',
    }),
    by_reason: byReason,
    examples: z.array(
      z.strictObject({
        id: z.string(),
        outcome: z.enum(['indexed', 'rejected', 'expired', 'unknown']),
        reason: reason.optional(),
      }),
    ),
  })
  .meta({ id: 'RedrivePreview' });

const workflow = { workflow_id: z.string(), workflow_url: z.string() };
export const redriveStartedSchema = z
  .strictObject({ operation: z.string(), url: z.string(), selected: count, ...workflow })
  .meta({ id: 'RedriveStarted' });

export const redriveSchema = z
  .strictObject({
    operation: z.string(),
    state: z.enum(['running', 'done', 'cancelled', 'failed', 'not_started', 'unreachable']).meta({
      description: '`unreachable`: Temporal did not answer; the counts are from the letters all the same.',
    }),
    ordered_at: z.string(),
    actor: z.string(),
    reason: z.string().nullable(),
    selected: count.meta({ description: 'Open letters that were selected when it was ordered.' }),
    redriven: count,
    rejected: count.meta({ description: 'Refused again: they are open.' }),
    in_hand: count,
    ...workflow,
  })
  .meta({ id: 'RedriveProgress' });
