import { crc32 } from '@node-rs/crc32';
import Decoder from 'kafkajs/src/protocol/decoder';
import decodeMessageSet, { type OlderMessage } from 'kafkajs/src/protocol/messageSet/decoder';
import type { KafkaRecord } from '../domain/record';
import { AT, BEFORE_LENGTH_ENDS, MAGIC } from './record-batch';
import type { Fault } from './unreadable-batch';

/** Where the checksum of a message of form 0 or 1 stands; it covers all that follows. Kafka's protocol guide, "Message sets". */
const CHECKSUM = 12;
/** Bytes of such a message with neither key nor value. */
const SHORTEST = 26;

/** Messages of form 0 or 1, as Kafka wrote them before 0.11. */
export interface OlderMessages {
  records: KafkaRecord[];
  /** Of the last of them. */
  lastOffset: number;
  /** Where they end. */
  end: number;
}

/**
 * Reads the messages of form 0 or 1 that stand at `at`, up to what is no whole and sound message of such a form. Each is held
 * against its CRC-32: one flipped bit makes a record batch of today look like one of them, and its records would be missed.
 *
 * @param stable the partition's last stable offset; negative where the broker does not say
 * @param last the last offset of what stands before them; undefined where they are the first
 * @returns what is wrong with the first one; `'cut off'` where it is longer than what there is
 */
export async function readOlderMessages(
  bytes: Buffer,
  { at, stable }: { at: number; stable: number },
  last = -1,
): Promise<OlderMessages | 'cut off' | Fault> {
  let end = at;
  let lastEntry = at;
  while (end + AT.magic < bytes.length && bytes[end + AT.magic]! < MAGIC) {
    const next = end + BEFORE_LENGTH_ENDS + bytes.readInt32BE(end + AT.length);
    if (next > bytes.length && end === at) return 'cut off';
    if (next > bytes.length || !isSound(bytes.subarray(end, next))) break;
    lastEntry = end;
    end = next;
  }
  if (end === at) return 'form';
  const records = await unpack(bytes.subarray(at, end));
  if (!records) return 'unpackable';
  // No checksum covers the offsets.
  let lastOffset = last;
  for (const { offset } of records) {
    if (offset <= lastOffset || (stable >= 0 && offset >= stable)) return 'head';
    lastOffset = offset;
  }
  // One that holds others has the offset of the last of them.
  return BigInt(lastOffset) === bytes.readBigInt64BE(lastEntry) ? { records, lastOffset, end } : 'malformed';
}

function isSound(message: Buffer): boolean {
  return message.length >= SHORTEST && crc32(message.subarray(AT.magic)) === message.readUInt32BE(CHECKSUM);
}

/** @returns undefined when one of them cannot be unpacked */
async function unpack(bytes: Buffer): Promise<KafkaRecord[] | undefined> {
  try {
    return (await decodeMessageSet(new Decoder(bytes), bytes.length)).map(toRecord);
  } catch {
    return undefined;
  }
}

/** Those of form 0 have no time: -1, as Kafka says it. */
function toRecord({ offset, timestamp = '-1', key, value }: OlderMessage): KafkaRecord {
  return { offset: Number(offset), timestamp: Number(timestamp), key, value };
}
