import { z } from 'zod';

/** What settings are made of. */

export const SECOND = 1000;
export const HOUR = 3600 * SECOND;
export const MIB = 1024 * 1024;

export interface Setting<T extends z.ZodType> {
  /** The environment variable. */
  env: string;
  schema: T;
  /** One sentence for the table. */
  about: string;
}

export function setting<T extends z.ZodType>(env: string, schema: T, about: string): Setting<T> {
  return { env, schema, about };
}

export const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int(error).min(min, error).max(max, error);
};
/** The same of a file, where a number is written as one. */
export const wholeNumber = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, error).max(max, error);
};
export const text = z.string().trim().min(1);
export const path = text.optional();
/** Masked wherever the configuration is shown. */
export const secret = z.string().min(1).optional().meta({ secret: true });
export const list = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )
  .pipe(z.array(z.string()).min(1));
/** Kafka's own rule for topic names. */
export const topic = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,249}$/, 'letters, digits, dot, underscore and dash only, at most 249');
/** Elasticsearch's rule for index names, less what our date suffix needs. */
export const indexPrefix = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_.-]{0,99}$/, 'lower-case letters, digits, dot, underscore and dash only, at most 100')
  // A search over PREFIX-* must not meet the indices of dead letters or replays.
  .regex(
    /^(?!(dead(-letters(-.*)?)?|replays(-.*)?)$)/,
    'must not be dead, or dead-letters or replays or begin with one of these and -',
  );
export const RATE = 'must be a number from 0 to 1000000';
/** Whole days. */
export const days = (value: number) => whole(1, 36_500).default(value);
export const points = (value: number) => whole(0, 100).default(value);
export const url = z.url({ protocol: /^https?$/, message: 'must be an http or https address' });
