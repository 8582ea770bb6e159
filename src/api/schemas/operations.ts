import { z } from 'zod';
import 'zod-openapi';

/** Schemas of the operations on the pipeline. */

const note = {
  reason: z.string().trim().min(1).max(500).optional().meta({ description: 'Shown beside the state.' }),
  actor: z.string().trim().min(1).max(100).optional().meta({ description: 'Who asks; `api` by default.' }),
};
const partition = z.int().min(0).max(9999).optional().meta({ description: 'Every partition by default.' });
const offset = z.string().regex(/^\d{1,16}$/);

export const operationBody = z
  .strictObject(note)
  .meta({ id: 'Operation', example: { reason: 'index maintenance', actor: 'on-call' } });

export const acceptGapBody = z
  .strictObject({
    partition,
    to: offset.optional().meta({
      description:
        'End of the missing range as `gap` shows it: when more is missing by then, the partition halts again.',
    }),
    ...note,
  })
  .meta({ id: 'AcceptGap', example: { partition: 3, to: '5000', reason: 'retention was too short' } });

export const rebindBody = z
  .strictObject({
    partition,
    keep: z.boolean().optional().meta({
      description: 'True when it is the same topic after all, and only the commits of the group are gone.',
    }),
    ...note,
  })
  .meta({ id: 'Rebind', example: { reason: 'topic was made anew' } });

export const acceptedSchema = z
  .strictObject({
    signal: z.enum(['pause', 'resume', 'accept-gap', 'rebind']),
    workflow_id: z.string(),
    workflow_url: z.string(),
    note: z.strictObject({
      reason: z.string().optional(),
      actor: z.string(),
      partition: z.int().optional(),
      to: offset.optional(),
      keep: z.boolean().optional(),
    }),
  })
  .meta({ id: 'Accepted' });
