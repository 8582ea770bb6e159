import { z } from 'zod';
import 'zod-openapi';

/** Schemas of the operations on the pipeline. */

const note = {
  reason: z.string().trim().min(1).max(500).optional().meta({ description: 'Shown beside the state.' }),
  actor: z.string().trim().min(1).max(100).optional().meta({ description: 'Who asks; `api` by default.' }),
  request_id: z.string().min(1).max(128).optional().meta({
    description: 'Sent twice, the second one changes nothing; the last 256 are remembered. Made up by default.',
  }),
  partition: z.int().min(0).max(9999).optional().meta({ description: 'The whole topic by default.' }),
};
const offset = z.string().regex(/^\d{1,16}$/);

export const operationBody = z
  .strictObject(note)
  .meta({ id: 'Operation', example: { reason: 'index maintenance', actor: 'on-call' } });

export const pauseBody = z
  .strictObject({
    ...note,
    expires_at: z.iso.datetime({ offset: true }).optional().meta({
      description: 'When it resumes by itself: in the future, within a year. Or `for_seconds`.',
    }),
    for_seconds: z
      .number()
      .min(1)
      .max(366 * 86_400)
      .optional()
      .meta({
        description: 'How long it pauses, from the moment at which the pipeline takes it.',
      }),
  })
  .refine(({ expires_at, for_seconds }) => expires_at === undefined || for_seconds === undefined, {
    message: 'takes expires_at or for_seconds, not both',
  })
  .meta({ id: 'Pause', example: { reason: 'index maintenance', actor: 'on-call', for_seconds: 3600 } });

export const stopAtBody = z
  .strictObject({
    ...note,
    offset: offset.meta({ description: 'Nothing from this offset on is read.' }),
  })
  .meta({ id: 'StopAt', example: { partition: 2, offset: '5000', reason: 'a bad deployment follows' } });

export const acceptGapBody = z
  .strictObject({
    to: offset.optional().meta({
      description:
        'End of the missing range as `gap` shows it: when more is missing by then, the partition halts again.',
    }),
    ...note,
  })
  .meta({ id: 'AcceptGap', example: { partition: 3, to: '5000', reason: 'retention was too short' } });

export const rebindBody = z
  .strictObject({
    keep: z.boolean().optional().meta({
      description: 'True when it is the same topic after all, and only the commits of the group are gone.',
    }),
    ...note,
  })
  .meta({ id: 'Rebind', example: { reason: 'topic was made anew' } });

/** Fields that an answer repeats as they were understood. */
const order = {
  ...note,
  actor: z.string(),
  to: offset.optional(),
  keep: z.boolean().optional(),
  offset: offset.optional(),
  expires_at: z.string().optional(),
  for_seconds: z.number().optional(),
};

export const acceptedSchema = z
  .strictObject({
    signal: z.enum(['pause', 'resume', 'drain', 'stop-at', 'accept-gap', 'rebind']),
    request_id: z.string(),
    acknowledged: z.boolean().meta({
      description: 'True when the pipeline has taken it; false when it was left for the next worker (202).',
    }),
    duplicate: z.boolean().meta({ description: 'True when its request id had been seen: nothing was changed.' }),
    partitions: z
      .array(z.strictObject({ partition: z.int(), status: z.string(), refused: z.string().optional() }))
      .meta({
        description:
          'What each partition said: its status now, or `unreachable` (no answer yet) or `absent` (not running), both of ' +
          'which follow as soon as they are there. Empty when nobody answered.',
      }),
    advice: z.string().optional().meta({
      description:
        'What lets it be followed, when more is missing than a worker: Temporal itself has paused the supervisor.',
    }),
    workflow_id: z.string(),
    workflow_url: z.string(),
    note: z.strictObject(order),
  })
  .meta({ id: 'Accepted' });
