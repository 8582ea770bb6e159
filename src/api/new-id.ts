import { randomBytes } from 'node:crypto';

/** Sorts by time, and is another one for each request of a second: `20261124-101500-3f9a1c`. */
export function newId(nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/\D/g, '');
  return `${time.slice(0, 8)}-${time.slice(8, 14)}-${randomBytes(3).toString('hex')}`;
}
