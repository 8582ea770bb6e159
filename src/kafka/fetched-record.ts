import type { KafkaRecord } from '../domain/record';
import { kindOf } from '../domain/record-kind';
import { gatherHeaders, type Header } from './header-decode-fix';
import { VarintReader } from './varint-reader';

/** The record whose value was asked for last, and the view of it; it holds the bytes of at most one answer. */
let viewed: FetchedRecord | undefined;
let view: Buffer | null = null;

/**
 * A record that stays in the bytes of the answer that brought it: places in them instead of a view for each of its parts,
 * as a backlog holds tens of thousands of records. Views are made when they are asked for; that of the value that was
 * asked for last is kept, since the steps of one record follow each other. Its parts are no properties of its own: it is
 * copied by `plainRecord`.
 */
export class FetchedRecord implements KafkaRecord {
  /** @param headersAt where the count of headers stands; 0 where there are none. A part of length -1 is null. */
  constructor(
    readonly offset: number,
    readonly timestamp: number,
    private readonly answer: Buffer,
    private readonly keyAt: number,
    private readonly keyLength: number,
    private readonly from: number,
    private readonly length: number,
    private readonly headersAt: number,
  ) {}

  get bytes(): Buffer {
    return this.answer;
  }
  get valueAt(): number {
    return this.from;
  }
  get valueLength(): number {
    return this.length;
  }

  get size(): number {
    return Math.max(0, this.keyLength) + Math.max(0, this.length);
  }

  get kind(): number {
    return kindOf(this.answer, this.from, this.length);
  }

  get key(): Buffer | null {
    return this.keyLength < 0 ? null : this.answer.subarray(this.keyAt, this.keyAt + this.keyLength);
  }

  get value(): Buffer | null {
    if (viewed === this) return view;
    return keepView(this, this.length < 0 ? null : this.answer.subarray(this.from, this.from + this.length));
  }

  get headers(): KafkaRecord['headers'] {
    if (this.headersAt === 0) return undefined;
    const reader = new VarintReader(this.answer, this.headersAt);
    const headers: Header[] = [];
    for (let left = reader.varint(); left > 0; left -= 1) {
      headers.push({ key: reader.part()!.toString('utf8'), value: reader.part() });
    }
    return gatherHeaders(headers);
  }
}

function keepView(record: FetchedRecord, value: Buffer | null): Buffer | null {
  viewed = record;
  view = value;
  return value;
}
