import Decoder from 'kafkajs/src/protocol/decoder';
import type { KafkaRecord } from '../domain/record';

type Headers = NonNullable<KafkaRecord['headers']>;
/** One header, as it stands in a record. */
export interface Header {
  key: string;
  value: Buffer | null;
}
type ReadArray = ((this: { readVarInt(): number }, read: (decoder: unknown) => Header) => Header[]) & {
  mended?: true;
};

/**
 * Mends how kafkajs 2.2.4 gathers a record's headers, for the whole process. Its `reduce` copies all headers so far for
 * each further one, so that a record of 1 MiB of tiny headers holds the process for many minutes; and it looks names up
 * in a plain object, so that a header named `constructor` becomes a list with a function in it. The array that is
 * handed to that `reduce` gets one of its own: linear, and without a prototype.
 *
 * @throws Error when kafkajs has no such method: then it is another version, and this file must be looked at again.
 */
export function fixHeaderDecoding(decoderClass: { prototype: object } = Decoder): void {
  const prototype = decoderClass.prototype as { readVarIntArray?: ReadArray };
  const original = prototype.readVarIntArray;
  if (typeof original !== 'function') {
    throw new Error('kafkajs has no Decoder.readVarIntArray: src/kafka/header-decode-fix.ts fits 2.2.4 only');
  }
  if (original.mended) return;
  const mended: ReadArray = function (read) {
    const found = original.call(this, read);
    if (found.length > 0) Object.defineProperty(found, 'reduce', { value: () => gatherHeaders(found) });
    return found;
  };
  mended.mended = true;
  prototype.readVarIntArray = mended;
}

/** A name that stands once has its value, one that stands several times a list of them, as in kafkajs. */
export function gatherHeaders(found: Header[]): Headers {
  const headers = Object.create(null) as Record<string, Buffer | Buffer[]>;
  for (const { key, value } of found) {
    // A header without a value is none with nothing in it, for us.
    const bytes = value ?? Buffer.alloc(0);
    const earlier = headers[key];
    if (earlier === undefined) headers[key] = bytes;
    else if (Array.isArray(earlier)) earlier.push(bytes);
    else headers[key] = [earlier, bytes];
  }
  return headers;
}
