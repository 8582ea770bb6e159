import { z } from 'zod';
import 'zod-openapi';
import { parsePosition } from '../tail/position';
import { anomaly, filters } from './log-filters';
import { fields } from './log-queries';

const NOT_A_POSITION = 'must be the id of an event of this stream, such as 4711,4800';

/** A place to go on from. */
export const position = z.string().transform((text, context) => {
  const parsed = parsePosition(text);
  if (parsed) return parsed;
  context.addIssue({ code: 'custom', message: NOT_A_POSITION });
  return z.NEVER;
});

const meaning =
  'Goes on behind the event that had this id: next offsets of partitions 0, 1 and so on, a generation from the second ' +
  'on before its offset (2.15).';

export const logStreamQuery = z.object({
  ...filters,
  from: filters.from.meta({
    description: 'Begins with the logs of this time, and leaves out older ones: ISO 8601, relative (now-15m) or epoch.',
    example: 'now-5m',
    param: {},
  }),
  anomaly,
  fields,
  after: position.optional().meta({ description: meaning, example: '4711,4800', override: { type: 'string' } }),
});

/** Sent by clients that connect anew; it counts before `after`, which stays in the address. */
export const logStreamHeaders = z.object({
  'Last-Event-ID': z
    .string()
    .optional()
    .meta({ description: `${meaning} Counts before after.`, example: '4711,4800' }),
});

export const logStreamSchema = z.string().meta({
  description:
    'Server-sent events: log, state, limit, dropped, missing, incomplete and end, each with JSON as its data. ' +
    'docs/queries.md says what each means.',
});

export const logStreamExample = `retry: 2000

event: state
data: {"state":"live"}

event: log
id: 4711,4801
data: {"@timestamp":"2026-11-24T10:00:00.000Z","service":"payment","level":"error","message":"connection refused","id":"01-0001-0000000000004800","index":"logs-2026.11.24"}

`;
