/**
 * Kafka offsets are 64-bit. Across every boundary (Temporal state, REST, commit metadata) they travel as decimal
 * strings; inside one process they are numbers, which stay exact up to 2^53: 285 years at a million records a second.
 */
export type OffsetString = string;

/** Offsets that Kafka has deleted: every one from `from` up to, not including, `to`. */
export interface OffsetGap {
  from: OffsetString;
  to: OffsetString;
}

/**
 * Reads a decimal offset.
 *
 * @throws RangeError when the text is no whole number from 0 to 2^53 - 1.
 */
export function parseOffset(text: OffsetString): number {
  const offset = Number(text);
  if (text === '' || !Number.isSafeInteger(offset) || offset < 0) throw new RangeError(`not a Kafka offset: ${text}`);
  return offset;
}

/** Writes an offset the way it travels. */
export function formatOffset(offset: number): OffsetString {
  return String(offset);
}
