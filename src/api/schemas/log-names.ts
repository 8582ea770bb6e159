import { z } from 'zod';
import { findField } from '../query/fields';

/** Parts of a document that are no field of a query. */
const OTHER_PARTS = new Set([
  'anomaly',
  'kafka',
  'attributes',
  'kafka.generation',
  'kafka.parts',
  'ingested_at',
  'epoch',
  'record_hash',
]);

/** @returns path in the document of a field that an answer may be cut down to; undefined when there is none */
export function findPath(name: string): string | undefined {
  return findField(name)?.path ?? (OTHER_PARTS.has(name) ? name : undefined);
}

const OFFSET = /^[+-](?:0\d|1[0-4]):[0-5]\d$/;

/** A time zone; the plus sign of an offset may have become a blank on its way through the address. */
export const timeZone = z
  .string()
  .transform((text, context) => {
    const offset = text.replace(' ', '+');
    if (OFFSET.test(offset)) return offset;
    try {
      // Its own spelling: Java, which reads it next, tells upper from lower case.
      return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a time zone such as Europe/Berlin, UTC or +02:00' });
      return z.NEVER;
    }
  })
  .default('UTC');
