import { lookupCodecByAttributes } from 'kafkajs/src/protocol/message/compression';
import { FetchedRecord } from './fetched-record';
import {
  AbortedTransactions,
  AT,
  BEFORE_LENGTH_ENDS,
  COMPRESSION,
  LOG_APPEND_TIME,
  MAGIC,
  type AbortedTransaction,
} from './record-batch';
import { VarintReader } from './varint-reader';

/**
 * What one fetch brought of a partition, in the place of kafkajs's messages: one of these, or none where there is no whole
 * record batch.
 */
export interface FetchedRange {
  /** Of the last batch's last record, which need not be there any more. */
  offset: string;
  /** All that were fetched, also those before the offset that was asked for; without control and aborted records. */
  records: FetchedRecord[];
}

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
 * Reads the answer to a fetch of version 11.
 *
 * @returns undefined when a partition has records of an older form than 2
 * @throws Error when a batch is not what it says it is
 */
export async function decodeFetch(payload: Buffer): Promise<FetchAnswer | undefined> {
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
      const range = await decodeBatches(reader.bytes(), aborted);
      if (range === 'older') return undefined;
      topic.partitions.push({
        partition,
        errorCode,
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
): Promise<FetchedRange | 'older' | undefined> {
  const records: FetchedRecord[] = [];
  const transactions = new AbortedTransactions(aborted);
  let last: number | undefined;
  let at = 0;
  while (at + AT.records <= bytes.length) {
    const end = at + BEFORE_LENGTH_ENDS + bytes.readInt32BE(at + AT.length);
    if (bytes[at + AT.magic] !== MAGIC) return 'older';
    const baseOffset = Number(bytes.readBigInt64BE(at));
    if (end < at + AT.records) throw unreadable(baseOffset);
    // The broker cuts its answer off where it is large enough.
    if (end > bytes.length) break;
    const batch = bytes.subarray(at, end);
    const lastOffset = baseOffset + batch.readInt32BE(AT.lastOffsetDelta);
    if (transactions.lets(batch, lastOffset)) await decodeRecords(batch, baseOffset, records);
    last = lastOffset;
    at = end;
  }
  return last === undefined ? undefined : { offset: String(last), records };
}

async function decodeRecords(batch: Buffer, baseOffset: number, into: FetchedRecord[]): Promise<void> {
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
    if (!(length > 0) || end > bytes.length) throw unreadable(baseOffset);
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
    for (let header = 0; header < headers; header += 1) skipHeader(reader, end, baseOffset);
    if (reader.at !== end) throw unreadable(baseOffset);
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
  if (reader.at !== bytes.length) throw unreadable(baseOffset);
}

/** Steps over a name and a value, which must end within their record. */
function skipHeader(reader: VarintReader, end: number, baseOffset: number): void {
  const name = reader.skipPart();
  reader.skipPart();
  if (name.length < 0 || reader.at > end) throw unreadable(baseOffset);
}

function unreadable(baseOffset: number): Error {
  return new Error(`the record batch at offset ${baseOffset} cannot be read`);
}
