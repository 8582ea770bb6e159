import xxhash from 'xxhash-wasm';
import type { Redactor } from '../redaction/redactor';

/**
 * The hash that documents carry: XXH64 of a record's bytes, as 16 hex digits. Where there are secrets in them it is that
 * of the bytes without, marked with `r` and how they were redacted: anybody who reads documents could otherwise try all
 * numbers of a card until the hash fits.
 */
export async function createRecordHash({
  bytes,
  fingerprint,
}: Pick<Redactor, 'bytes' | 'fingerprint'>): Promise<(value: Buffer, redacted?: Buffer) => string> {
  const hasher = await xxhash();
  const hash = (value: Buffer) => hasher.h64Raw(value).toString(16).padStart(16, '0');
  return (value, redacted = bytes(value)) =>
    redacted === value ? hash(value) : `r${fingerprint.slice(0, 4)}${hash(redacted).slice(0, 11)}`;
}
