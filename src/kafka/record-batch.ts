import { VarintReader } from './varint-reader';

/** Places in a record batch; what is not named is of no interest. KIP-98, `DefaultRecordBatch` of Kafka's clients. */
export const AT = {
  length: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
  records: 61,
} as const;
/** Bytes that the length of a batch does not count. */
export const BEFORE_LENGTH_ENDS = 12;
export const MAGIC = 2;
export const COMPRESSION = 7;
export const LOG_APPEND_TIME = 8;
const TRANSACTIONAL = 16;
const CONTROL = 32;
/** Type of a control record, at the end of its key, that ends a transaction without its records. */
const ABORT = 0;

export interface AbortedTransaction {
  producerId: bigint;
  firstOffset: number;
}

/** Which batches belong to a transaction that was aborted: as Kafka's own consumer tells it. */
export class AbortedTransactions {
  readonly #open = new Set<bigint>();
  #next = 0;

  constructor(private readonly aborted: AbortedTransaction[]) {
    aborted.sort((one, other) => one.firstOffset - other.firstOffset);
  }

  /** False for a batch of control records, or of an aborted transaction. To be asked for each batch, in order. */
  lets(batch: Buffer, lastOffset: number): boolean {
    const attributes = batch.readInt16BE(AT.attributes);
    const producerId = batch.readBigInt64BE(AT.producerId);
    while (this.#next < this.aborted.length && this.aborted[this.#next]!.firstOffset <= lastOffset) {
      this.#open.add(this.aborted[this.#next]!.producerId);
      this.#next += 1;
    }
    if ((attributes & CONTROL) !== 0) {
      if (controlType(batch) === ABORT) this.#open.delete(producerId);
      return false;
    }
    return (attributes & TRANSACTIONAL) === 0 || !this.#open.has(producerId);
  }
}

/** The type of the one record of a control batch, of which the key says it; undefined where there is none any more. */
function controlType(batch: Buffer): number | undefined {
  if (batch.readInt32BE(AT.count) === 0) return undefined;
  const reader = new VarintReader(batch, AT.records);
  reader.varint();
  reader.at += 1;
  reader.varint();
  reader.varint();
  const key = reader.part();
  return key && key.length >= 4 ? key.readInt16BE(2) : undefined;
}
