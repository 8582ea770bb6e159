import { lookupCodecByAttributes } from 'kafkajs/src/protocol/message/compression';
import type { KafkaRecord } from '../domain/record';
import { FetchedRecord } from './fetched-record';
import { readOlderMessages } from './older-messages';
import {
  AbortedTransactions,
  AT,
  BEFORE_LENGTH_ENDS,
  COMPRESSION,
  LOG_APPEND_TIME,
  MAGIC,
  type AbortedTransaction,
} from './record-batch';
import {
  hasPlace,
  isSound,
  MalformedBatch,
  unreadable,
  REFUSALS,
  type Fault,
  type UnreadableBatch,
} from './unreadable-batch';
import { VarintReader } from './varint-reader';

/**
 * What one fetch brought of a partition, in the place of kafkajs's messages: one of these, or none where there is no whole
 * record batch.
 */
export interface FetchedRange {
  /** Of the last batch's last record, which need not be there any more. */
  offset: string;
  /** All that were fetched, also those before the offset that was asked for; without control and aborted records. */
  records: KafkaRecord[];
  /** The batch behind these records, which cannot be read; nothing behind it is looked at. */
  unreadable?: UnreadableBatch;
}

/** Larger than any offset: kafkajs drops what lies before the offset that it asked for. */
const BEHIND_ALL = String(Number.MAX_SAFE_INTEGER - 1);

interface FetchedPartition {
  partition: number;
  errorCode: number;
  highWatermark: string;
  lastStableOffset: string;
  lastStartOffset: string;
  /** None: they are left out here, all of them. kafkajs forgets one where two producers abort at the same time. */
  abortedTransactions: [];
  preferredReadReplica: number;
  messages: FetchedRange[];
}

/** As kafkajs's own decoder answers. */
interface FetchAnswer {
  throttleTime: 0;
  clientSideThrottleTime: number;
  errorCode: number;
  sessionId: number;
  responses: { topicName: string; partitions: FetchedPartition[] }[];
}

/**
 * Reads the answer to a fetch of version 11. A batch that is not what it says it is is told of, and harms no other partition.
 *
 * @throws RangeError when the answer around the batches is cut off
 */
export async function decodeFetch(payload: Buffer): Promise<FetchAnswer> {
  const reader = new AnswerReader(payload);
  const answer: FetchAnswer = {
    throttleTime: 0,
    clientSideThrottleTime: reader.int32(),
    errorCode: reader.int16(),
    sessionId: reader.int32(),
    responses: [],
  };
  for (let topics = reader.int32(); topics > 0; topics -= 1) {
    const topic = { topicName: reader.text(), partitions: [] as FetchedPartition[] };
    answer.responses.push(topic);
    for (let partitions = reader.int32(); partitions > 0; partitions -= 1) {
      const partition = reader.int32();
      const errorCode = reader.int16();
      const [highWatermark, lastStableOffset, lastStartOffset] = [reader.int64(), reader.int64(), reader.int64()];
      const aborted = reader.aborted();
      const preferredReadReplica = reader.int32();
      const refused = REFUSALS.get(errorCode);
      const batches = reader.bytes();
      const range = refused ? refusal(refused) : await decodeBatches(batches, aborted, Number(lastStableOffset));
      topic.partitions.push({
        partition,
        errorCode: refused ? 0 : errorCode,
        highWatermark: String(highWatermark),
        lastStableOffset: String(lastStableOffset),
        lastStartOffset: String(lastStartOffset),
        abortedTransactions: [],
        preferredReadReplica,
        messages: range ? [range] : [],
      });
    }
  }
  return answer;
}

/** In the place of the broker's error, which would end the reading of all partitions. */
const refusal = (what: UnreadableBatch): FetchedRange => ({ offset: BEHIND_ALL, records: [], unreadable: what });

/** The fields of the answer around the records. */
class AnswerReader {
  #at = 0;

  constructor(private readonly payload: Buffer) {}

  int16(): number {
    this.#at += 2;
    return this.payload.readInt16BE(this.#at - 2);
  }
  int32(): number {
    this.#at += 4;
    return this.payload.readInt32BE(this.#at - 4);
  }
  int64(): bigint {
    this.#at += 8;
    return this.payload.readBigInt64BE(this.#at - 8);
  }
  text(): string {
    const from = this.#at + 2;
    this.#at = from + this.int16();
    return this.payload.toString('utf8', from, this.#at);
  }
  aborted(): AbortedTransaction[] {
    const count = Math.max(0, this.int32());
    return Array.from({ length: count }, () => ({ producerId: this.int64(), firstOffset: Number(this.int64()) }));
  }
  /** What is cut off by the end of the payload is left out. */
  bytes(): Buffer {
    const from = this.#at + 4;
    this.#at = from + Math.max(0, this.int32());
    return this.payload.subarray(from, this.#at);
  }
}

async function decodeBatches(
  bytes: Buffer,
  aborted: AbortedTransaction[],
  stable: number,
): Promise<FetchedRange | undefined> {
  const records: KafkaRecord[] = [];
  const transactions = new AbortedTransactions(aborted);
  let last: number | undefined;
  let at = 0;
  const broken = (end: number, fault: Fault): FetchedRange => {
    return { offset: BEHIND_ALL, records, unreadable: unreadable(bytes, { at, end, stable }, fault, last) };
  };
  while (at + AT.magic < bytes.length) {
    const end = at + BEFORE_LENGTH_ENDS + bytes.readInt32BE(at + AT.length);
    const magic = bytes[at + AT.magic]!;
    if (magic < MAGIC) {
      const older = await readOlderMessages(bytes, { at, stable }, last);
      if (older === 'cut off') break;
      if (typeof older === 'string') return broken(end, older);
      for (const record of older.records) records.push(record);
      last = older.lastOffset;
      at = older.end;
      continue;
    }
    if (at + AT.records > bytes.length) break;
    if (magic > MAGIC || end < at + AT.records) return broken(bytes.length, 'head');
    // The broker cuts its answer off where it is large enough.
    if (end > bytes.length) break;
    const batch = bytes.subarray(at, end);
    if (!isSound(batch)) return broken(end, 'damaged');
    if (!hasPlace(bytes, { at, end, stable }, last)) return broken(end, 'head');
    const baseOffset = Number(batch.readBigInt64BE(0));
    const lastOffset = baseOffset + batch.readInt32BE(AT.lastOffsetDelta);
    const before = records.length;
    try {
      if (transactions.lets(batch, lastOffset)) await decodeRecords(batch, baseOffset, records);
    } catch (error) {
      records.length = before;
      return broken(end, error instanceof MalformedBatch || error instanceof RangeError ? 'malformed' : 'unpackable');
    }
    last = lastOffset;
    at = end;
  }
  if (last !== undefined) return { offset: String(last), records };
  // The first batch is never cut off, however large it is (KIP-74): its length is wrong.
  return bytes.length > 0 ? broken(bytes.length, 'head') : undefined;
}

async function decodeRecords(batch: Buffer, baseOffset: number, into: KafkaRecord[]): Promise<void> {
  const attributes = batch.readInt16BE(AT.attributes);
  const count = batch.readInt32BE(AT.count);
  const packed = batch.subarray(AT.records);
  // What is left of a batch when compaction has taken all of its records.
  if (count === 0 && packed.length === 0) return;
  const codec = (attributes & COMPRESSION) === 0 ? null : lookupCodecByAttributes(attributes);
  const bytes = codec ? await codec.decompress(packed) : packed;
  const appended = (attributes & LOG_APPEND_TIME) === 0 ? undefined : Number(batch.readBigInt64BE(AT.maxTimestamp));
  const baseTimestamp = Number(batch.readBigInt64BE(AT.baseTimestamp));
  const reader = new VarintReader(bytes, 0);
  for (let left = count; left > 0; left -= 1) {
    const length = reader.varint();
    const end = reader.at + length;
    if (!(length > 0) || end > bytes.length) throw new MalformedBatch();
    // Attributes of a record have no meaning yet.
    reader.at += 1;
    const timestamp = baseTimestamp + reader.varint();
    const offset = baseOffset + reader.varint();
    const keyLength = reader.varint();
    const keyAt = reader.at;
    if (keyLength > 0) reader.at += keyLength;
    const valueLength = reader.varint();
    const valueAt = reader.at;
    if (valueLength > 0) reader.at += valueLength;
    const headersAt = reader.at;
    const headers = reader.varint();
    // Looked through now, so that reading them later cannot fail.
    for (let header = 0; header < headers; header += 1) skipHeader(reader, end);
    if (reader.at !== end) throw new MalformedBatch();
    into.push(
      new FetchedRecord(
        offset,
        appended ?? timestamp,
        bytes,
        keyAt,
        keyLength,
        valueAt,
        valueLength,
        headers > 0 ? headersAt : 0,
      ),
    );
  }
  if (reader.at !== bytes.length) throw new MalformedBatch();
}

/** Steps over a name and a value, which must end within their record. */
function skipHeader(reader: VarintReader, end: number): void {
  const name = reader.skipPart();
  reader.skipPart();
  if (name.length < 0 || reader.at > end) throw new MalformedBatch();
}
