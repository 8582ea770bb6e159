import { crc32, crc32c } from '@node-rs/crc32';
import { gzipSync } from 'node:zlib';

/** A record as a producer writes it; the offset and the time are counted from those of its batch. */
export interface WrittenRecord {
  offsetDelta: number;
  timestampDelta?: number;
  key?: Buffer | null;
  value: Buffer | null;
  headers?: [string, Buffer | null][];
}

export interface WrittenBatch {
  baseOffset: number;
  records: WrittenRecord[];
  lastOffsetDelta?: number;
  baseTimestamp?: bigint;
  /** Set by the broker for all records, where the topic says so. */
  appendTime?: bigint | undefined;
  gzip?: boolean;
  producerId?: bigint;
  transactional?: boolean;
  control?: boolean;
  magic?: number;
  /** Bytes that stand in the place of others, so far from the end of the batch; its checksum is right all the same. */
  altered?: { at: number; bytes: number[] };
  /** Makes the checksum wrong. */
  damaged?: boolean;
}

export interface WrittenPartition {
  partition: number;
  /** Bytes stand as they are. */
  batches: (WrittenBatch | Buffer)[];
  aborted?: { producerId: bigint; firstOffset: bigint }[];
  /** Bytes of the batches that the broker cuts off. */
  cutOff?: number;
  /** The last stable offset. */
  stable?: bigint;
  errorCode?: number;
}

const int = (write: (buffer: Buffer) => unknown, bytes: number) => {
  const buffer = Buffer.alloc(bytes);
  write(buffer);
  return buffer;
};
const int8 = (value: number) => int((to) => to.writeInt8(value), 1);
const int16 = (value: number) => int((to) => to.writeInt16BE(value), 2);
const int32 = (value: number) => int((to) => to.writeInt32BE(value), 4);
const int64 = (value: bigint) => int((to) => to.writeBigInt64BE(value), 8);

/** A zigzag varint. */
export function varint(value: number | bigint): Buffer {
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

const part = (bytes: Buffer | null) => (bytes ? Buffer.concat([varint(bytes.length), bytes]) : varint(-1));

function writeRecord({ offsetDelta, timestampDelta = 0, key = null, value, headers = [] }: WrittenRecord): Buffer {
  const names = headers.flatMap(([name, content]) => [part(Buffer.from(name)), part(content)]);
  const start = [int8(0), varint(timestampDelta), varint(offsetDelta), part(key), part(value), varint(headers.length)];
  const body = Buffer.concat([...start, ...names]);
  return Buffer.concat([varint(body.length), body]);
}

/** A record batch of magic 2, by its description in Kafka's protocol guide. */
export function writeBatch(batch: WrittenBatch): Buffer {
  const { baseOffset, records, baseTimestamp = 0n, appendTime, producerId = -1n, magic = 2 } = batch;
  const attributes =
    (batch.gzip ? 1 : 0) |
    (appendTime === undefined ? 0 : 8) |
    (batch.transactional ? 16 : 0) |
    (batch.control ? 32 : 0);
  const written = Buffer.concat(records.map(writeRecord));
  const checked = Buffer.concat([
    ...[int16(attributes), int32(batch.lastOffsetDelta ?? records.at(-1)?.offsetDelta ?? 0), int64(baseTimestamp)],
    ...[int64(appendTime ?? baseTimestamp), int64(producerId), int16(0), int32(-1), int32(records.length)],
    batch.gzip ? gzipSync(written) : written,
  ]);
  if (batch.altered) checked.set(batch.altered.bytes, checked.length + batch.altered.at);
  const checksum = (crc32c(checked) ^ (batch.damaged ? 1 : 0)) | 0;
  const body = Buffer.concat([int32(0), int8(magic), int32(checksum), checked]);
  return Buffer.concat([int64(BigInt(baseOffset)), int32(body.length), body]);
}

export interface OlderMessage {
  offset: number;
  magic: 0 | 1;
  timestamp?: bigint;
  key?: Buffer | null;
  value: Buffer | null;
  gzip?: boolean;
}

const lengthAnd = (bytes: Buffer | null = null) => (bytes ? Buffer.concat([int32(bytes.length), bytes]) : int32(-1));

/** A message of form 0 or 1, by its description in Kafka's protocol guide. */
export function writeOlder({ offset, magic, timestamp = 0n, key, value, gzip }: OlderMessage): Buffer {
  const time = magic === 1 ? [int64(timestamp)] : [];
  const packed = gzip && value ? gzipSync(value) : value;
  const checked = Buffer.concat([int8(magic), int8(gzip ? 1 : 0), ...time, lengthAnd(key), lengthAnd(packed)]);
  const body = Buffer.concat([int32(crc32(checked) | 0), checked]);
  return Buffer.concat([int64(BigInt(offset)), int32(body.length), body]);
}

/** The control record that ends a transaction: aborts it, or commits it. */
export function endOfTransaction(baseOffset: number, producerId: bigint, how: 'abort' | 'commit'): WrittenBatch {
  const key = Buffer.concat([int16(0), int16(how === 'abort' ? 0 : 1)]);
  const records = [{ offsetDelta: 0, key, value: Buffer.alloc(6) }];
  return { baseOffset, records, producerId, transactional: true, control: true };
}

/** The answer to a fetch of version 11, of one topic. */
export function fetchAnswer(partitions: WrittenPartition[], topic = 'logs'): Buffer {
  const name = Buffer.from(topic);
  const written = partitions.map(({ partition, batches, aborted = [], cutOff = 0, stable = 98n, errorCode = 0 }) => {
    const records = Buffer.concat(batches.map((one) => (Buffer.isBuffer(one) ? one : writeBatch(one))));
    return Buffer.concat([
      ...[int32(partition), int16(errorCode), int64(99n), int64(stable), int64(0n), int32(aborted.length)],
      ...aborted.flatMap(({ producerId, firstOffset }) => [int64(producerId), int64(firstOffset)]),
      ...[int32(-1), int32(records.length - cutOff), records.subarray(0, records.length - cutOff)],
    ]);
  });
  const head = [int32(7), int16(0), int32(0), int32(1), int16(name.length), name, int32(partitions.length)];
  return Buffer.concat([...head, ...written]);
}
