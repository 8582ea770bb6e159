import { z } from 'zod';
import 'zod-openapi';
import { LEVELS, SEVERITIES } from '../../domain/record';
import { parseTime, type TimeExpression } from '../time';

/** The query parameters of the log routes, with what the documentation says of them. */

export const MAX_RESULT_WINDOW = 10_000;
const MAX_LIST = 50;
const MAX_TEXT = 500;
const MAX_KEYWORD = 1024;

/** A comma-separated list; documented as the array it stands for. */
export function commaList<T extends z.ZodType>(item: T, { lowerCase = false } = {}) {
  const split = (value: unknown) => {
    if (typeof value !== 'string') return value;
    return (lowerCase ? value.toLowerCase() : value).split(',').map((part) => part.trim());
  };
  return z.preprocess(split, z.array(item).min(1).max(MAX_LIST, `at most ${MAX_LIST} values`)).optional();
}

const listStyle = { style: 'form', explode: false } as const;
const oneOf = (values: readonly string[]) => `must be one of ${values.join(', ')}`;
const keyword = z.string().min(1, 'must not be empty').max(MAX_KEYWORD, `at most ${MAX_KEYWORD} characters`);

const STATUS_CODE = /^(?:[1-5]\d\d|[1-5]xx)$/;

/** A time in a query. */
export const time = z
  .string()
  .transform((text, context): TimeExpression => {
    const parsed = parseTime(text);
    if (parsed) return parsed;
    context.addIssue({
      code: 'custom',
      message: 'must be ISO 8601, such as 2026-11-24T10:00:00Z, or now-15m (s, m, h, d, w)',
    });
    return z.NEVER;
  })
  .optional();

/** A whole number, as text. */
export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  // An empty text would be coerced to 0.
  const text = z.string().regex(/^-?\d+$/, message);
  return z.preprocess(
    (value) => (text.safeParse(value).success ? Number(value) : value),
    z.int(message).min(min, message).max(max, message),
  );
}

/** Words to search for. */
export const fullText = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(MAX_TEXT, `at most ${MAX_TEXT} characters`)
  .optional();

const filters = {
  service: commaList(keyword).meta({
    description: 'Services, comma-separated: any of them.',
    example: ['payment', 'auth'],
    param: listStyle,
  }),
  level: commaList(z.enum(LEVELS, oneOf(LEVELS)), { lowerCase: true }).meta({
    description: 'Levels, comma-separated: any of them.',
    example: ['error', 'fatal'],
    param: listStyle,
  }),
  status_code: commaList(z.string().regex(STATUS_CODE, 'must be a status code such as 503, or a class such as 5xx'), {
    lowerCase: true,
  }).meta({
    description: 'Status codes or classes, comma-separated: any of them.',
    example: ['429', '5xx'],
    param: listStyle,
  }),
  severity: commaList(z.enum(SEVERITIES, oneOf(SEVERITIES)), { lowerCase: true }).meta({
    description: 'Severities of the anomaly score, comma-separated: any of them.',
    example: ['high', 'critical'],
    param: listStyle,
  }),
  request_id: keyword.optional().meta({ description: 'One request, over all services.', example: 'req-000000000042' }),
  q: fullText.meta({
    description:
      'Full text of the message. All words must occur; "a phrase" in quotes, | for or, - for not, ( ) to group. ' +
      'There are no wildcards and no regular expressions.',
    example: '"connection refused" -retry',
  }),
  from: time.meta({
    description: 'Start of the time range, inclusive: ISO 8601 (UTC unless it has an offset) or relative, `now-15m`.',
    example: 'now-15m',
    param: {},
  }),
  to: time.meta({
    description: 'End of the time range, exclusive; written like `from`.',
    example: '2026-11-24T10:00:00Z',
  }),
};

const anomaly = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((text) => text === 'true')
  .optional()
  .meta({ description: 'Only anomalies, or only the others.', example: 'true' });

const paging = {
  page: wholeNumber(1, MAX_RESULT_WINDOW).default(1).meta({ description: 'Page, from 1.', example: 1 }),
  size: wholeNumber(1, 1000)
    .default(50)
    .meta({
      description: `Logs on a page. page * size must not exceed ${MAX_RESULT_WINDOW}.`,
      example: 50,
    }),
};

/** Widths of a histogram bucket that can be asked for, in milliseconds. */
export const INTERVALS = {
  '1s': 1000,
  '10s': 10_000,
  '30s': 30_000,
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '6h': 21_600_000,
  '1d': 86_400_000,
} as const;
const intervalNames = Object.keys(INTERVALS) as (keyof typeof INTERVALS)[];

export const logsQuery = z.object({ ...filters, anomaly, ...paging });

export const statsQuery = z.object({
  ...filters,
  anomaly,
  interval: z
    .enum(intervalNames, oneOf(intervalNames))
    .optional()
    .meta({ description: 'Width of a histogram bucket. By default what gives at most 120 buckets.', example: '1m' }),
});

export const anomaliesQuery = z.object({
  ...filters,
  min_score: wholeNumber(0, 100).optional().meta({ description: 'Only scores from here on.', example: 60 }),
  ...paging,
});

export const noQuery = z.object({});
