import { mayBeSameRecord, type RejectionCode } from './record';

/** Hash of a record's bytes, marked with how they were redacted where there are secrets in them. */
type HashRecord = (value: Buffer, redacted?: Buffer) => string;

/** Marks the hash of bytes that were redacted as text; nothing can be told by it of bytes that were parsed for it. */
const AS_TEXT = 'rtext';

/** A record that killed its process is never parsed again in a process that others need, for a hash neither. */
function isKiller(code: RejectionCode): boolean {
  return code === 'process_killed';
}

/**
 * The hash that a letter keeps.
 *
 * @param shown the bytes without secrets, `original` itself where there are none
 */
export function letterHash(code: RejectionCode, hash: HashRecord, original: Buffer, shown: Buffer): string {
  const found = hash(original, shown);
  return isKiller(code) && shown !== original ? AS_TEXT + found.slice(AS_TEXT.length) : found;
}

/** False only when a letter is known to be of other bytes. */
export function mayBeOfLetter(
  { code, recordHash }: { code: RejectionCode; recordHash: string },
  hash: HashRecord,
  value: Buffer,
): boolean {
  return mayBeSameRecord(recordHash, isKiller(code) ? hash(value, value) : hash(value));
}
