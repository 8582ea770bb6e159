import { z } from 'zod';
import 'zod-openapi';
import { PROBLEMS, type ProblemCode } from '../problem';

/** Schemas of the answers that are not about logs or the pipeline. */

const codes = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

export const problemSchema = z
  .strictObject({
    type: z.string().meta({ description: 'urn:sluice:problem: and the code.' }),
    title: z.string().meta({ description: 'What kind of problem it is; the same for each of its code.' }),
    status: z.int(),
    detail: z.string().meta({ description: 'What happened this time, for people.' }),
    instance: z.string().meta({ description: 'Path of the request.' }),
    code: z.enum(codes),
    request_id: z.string(),
    errors: z
      .array(
        z.strictObject({
          parameter: z.string().optional(),
          pointer: z.string().optional(),
          position: z.int().optional(),
          detail: z.string(),
        }),
      )
      .optional()
      .meta({
        description:
          'Each mistake: a query parameter, of `q` with the character counted from 1, or a JSON pointer into the body.',
      }),
  })
  .meta({ id: 'Problem', description: 'An error answer (RFC 9457).' });

export const indexSchema = z
  .strictObject({ name: z.string(), version: z.string(), links: z.record(z.string(), z.string()) })
  .meta({ id: 'Index' });

const dependency = z.strictObject({
  status: z.enum(['up', 'down']),
  latency_ms: z.number(),
  message: z.string(),
});

export const healthSchema = z
  .strictObject({
    status: z.enum(['up', 'down']).meta({ description: 'down when any dependency is.' }),
    version: z.string(),
    dependencies: z.record(z.string(), dependency),
    warnings: z.array(z.string()).meta({
      description: 'What will go wrong unless somebody acts, such as a disk that fills; the status is still up.',
    }),
  })
  .meta({ id: 'Health' });

export const liveSchema = z.strictObject({ status: z.literal('up'), uptime_s: z.number() }).meta({ id: 'Live' });
