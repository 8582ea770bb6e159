import { crc32c } from '@node-rs/crc32';
import { AT, BEFORE_LENGTH_ENDS, MAGIC } from './record-batch';

/** A record batch that is not what it says it is; records before it were read. */
export interface UnreadableBatch {
  /** Behind the last batch that was read; absent where it is the first. Its own word for where it begins is not to be trusted. */
  from?: number;
  /** Where what follows it begins; absent when that cannot be told. */
  to?: number;
  /** What is wrong with it, in words. Never quotes it. */
  reason: string;
  /** True for what may pass by itself. */
  passing?: true;
}

/** Reads of one batch before it counts as unreadable: a byte may have been altered on its way. */
export const UNREADABLE_READS = 3;
const UNKNOWN_FORM: UnreadableBatch = {
  reason: 'its broker cannot read it: what stands around its records is damaged',
};
const UNKNOWN_ERROR: UnreadableBatch = {
  reason: 'its broker answers with UNKNOWN_SERVER_ERROR, and its own log should say why',
  passing: true,
};
/**
 * What Kafka's error codes for one partition mean that would end the reading of all: CORRUPT_MESSAGE for a length that cannot
 * be, INVALID_RECORD for an unknown form, UNKNOWN_SERVER_ERROR for anything, such a form in a later batch included.
 */
export const REFUSALS: ReadonlyMap<number, UnreadableBatch> = new Map(
  Object.entries({ 2: UNKNOWN_FORM, 87: UNKNOWN_FORM, [-1]: UNKNOWN_ERROR }).map(([code, what]) => [
    Number(code),
    what,
  ]),
);
/** Thrown for records that do not fit into their batch. */
export class MalformedBatch extends Error {}

/** True when the bytes of a batch are those that its producer wrote: CRC-32C from its attributes to its end. */
export function isSound(batch: Buffer): boolean {
  return crc32c(batch.subarray(AT.attributes)) === batch.readUInt32BE(AT.crc);
}

/** What can be wrong with a batch; behind a right checksum its head can be trusted. */
export const FAULTS = {
  damaged: 'its checksum is wrong: it was damaged, on the disk of its broker or on the way here',
  form: 'its form is damaged, or its checksum is wrong: it is no message of the form that it says it has',
  head: 'its head is damaged: its length, its form or its offset cannot be',
  malformed: 'its records do not fit into it; its checksum is right, so it was written so',
  unpackable: 'it cannot be unpacked; its checksum is right, so it was written so',
} as const;
export type Fault = keyof typeof FAULTS;
const SOUND: ReadonlySet<Fault> = new Set(['malformed', 'unpackable']);

/**
 * What is told of the batch at `at` that cannot be read.
 *
 * Its end must not be guessed: what lies before it is given up with it. So it is where the next batch begins, or, where its
 * checksum is right or it is the partition's last one, where it says itself. Where its head is damaged nothing tells.
 *
 * @param end where its bytes end
 * @param stable the partition's last stable offset, up to which is read
 * @param last the last offset of the batch before it; undefined where it is the first
 */
export function unreadable(
  bytes: Buffer,
  { at, end, stable }: { at: number; end: number; stable: number },
  fault: Fault,
  last?: number,
): UnreadableBatch {
  const reason = FAULTS[fault];
  const before = last === undefined ? {} : { from: last + 1 };
  if (fault === 'head') return { ...before, reason };
  const from = Number(bytes.readBigInt64BE(at));
  const own = from + bytes.readInt32BE(at + AT.lastOffsetDelta) + 1;
  const next = nextOffset(bytes, end);
  if (next !== undefined && next > from && next < stable) return { ...before, to: next, reason };
  return SOUND.has(fault) || (own === stable && own > from) ? { ...before, to: own, reason } : { ...before, reason };
}

/**
 * False for a batch whose offsets cannot be: not behind those before it, or not before those of the next one. No checksum
 * covers its first offset, from which the others are counted.
 *
 * @param last the last offset of the batch before it; undefined where it is the first
 */
export function hasPlace(
  bytes: Buffer,
  { at, end, stable }: { at: number; end: number; stable: number },
  last?: number,
) {
  const from = Number(bytes.readBigInt64BE(at));
  const own = from + bytes.readInt32BE(at + AT.lastOffsetDelta);
  if ((last !== undefined && from <= last) || own < from || (stable >= 0 && own >= stable)) return false;
  // Of two that do not fit the one is wrong that does not follow on what was read.
  return last === from - 1 || own < (nextOffset(bytes, end) ?? Infinity);
}

/** First offset of the batch whose head is at `at`; undefined when there is none. */
function nextOffset(bytes: Buffer, at: number): number | undefined {
  if (at + AT.attributes > bytes.length || bytes[at + AT.magic] !== MAGIC) return undefined;
  const end = at + BEFORE_LENGTH_ENDS + bytes.readInt32BE(at + AT.length);
  if (end < at + AT.records) return undefined;
  // One that is cut off by the end of the answer is taken at its word.
  if (end <= bytes.length && !isSound(bytes.subarray(at, end))) return undefined;
  return Number(bytes.readBigInt64BE(at));
}
