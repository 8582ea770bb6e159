import type { BatchRef } from '../domain/batch';
import { refusedParts, rejectParts } from '../domain/message-parts';
import type {
  DecodedPart,
  IndexableRecord,
  KafkaRecord,
  MessagePart,
  PartRejection,
  Rejection,
} from '../domain/record';
import { scoreRecord } from '../scoring/score-record';
import type { ScoringRules } from '../scoring/rules';
import type { BulkBuilder, BulkPart, DecodeRecord, RecordIndex } from './ports';

/** A batch decoded, scored and built into bulk bodies. A position is a record's place in the batch, from 0. */
export interface PreparedBatch {
  epoch: number;
  records: KafkaRecord[];
  parts: BulkPart[];
  /** Per part, the position of each of its items. */
  positions: number[][];
  rejected: { position: number; rejection: Rejection }[];
  /** Messages with several log records of which at least one is to be indexed. */
  several: SeveralPrepared[];
  filtered: number;
  anomalies: number;
}

/** A message with several log records: how many, and those that are refused; each of the others is an item. */
export interface SeveralPrepared {
  position: number;
  of: number;
  refused: PartRejection[];
  /** By a replay: its good log records are written although its letter is there. */
  rewritten?: boolean;
}

/** What a batch is prepared with. */
export interface PreparationDeps {
  decode: DecodeRecord;
  rules: ScoringRules;
  index: Pick<RecordIndex, 'builder'>;
}

/** Decodes and scores every record of a batch. Pure but for the builder it fills; never throws for what a record holds. */
export function prepareBatch(
  ref: BatchRef,
  records: KafkaRecord[],
  epoch: number,
  deps: PreparationDeps,
): PreparedBatch {
  const preparation = new Preparation(ref, records, epoch, deps);
  while (!preparation.isDone) preparation.addSome(records.length);
  return preparation.finish();
}

/** A batch that is being prepared, as many records at a time as the caller likes. */
export class Preparation {
  readonly #builder: BulkBuilder;
  readonly #rejected: PreparedBatch['rejected'] = [];
  readonly #several: SeveralPrepared[] = [];
  #next = 0;
  #filtered = 0;
  #anomalies = 0;

  constructor(
    ref: BatchRef,
    private readonly records: KafkaRecord[],
    private readonly epoch: number,
    private readonly deps: PreparationDeps,
  ) {
    this.#builder = deps.index.builder(ref, epoch);
  }

  get isDone(): boolean {
    return this.#next === this.records.length;
  }

  addSome(count: number): void {
    const end = Math.min(this.records.length, this.#next + count);
    for (; this.#next < end; this.#next += 1) this.#add(this.records[this.#next]!, this.#next);
  }

  /** To be called once, when all records were added. */
  finish(): PreparedBatch {
    const { epoch, records } = this;
    const parts = this.#builder.finish();
    const positions = parts.map(({ offsets }) => positionsOf(offsets, records));
    const [rejected, several, filtered, anomalies] = [this.#rejected, this.#several, this.#filtered, this.#anomalies];
    return { epoch, records, parts, positions, rejected, several, filtered, anomalies };
  }

  #add(source: KafkaRecord, position: number): void {
    const decoded = this.deps.decode(source);
    if (decoded.kind === 'filtered') this.#filtered += 1;
    else if (decoded.kind === 'rejected') this.#rejected.push({ position, rejection: decoded.rejection });
    else if (decoded.kind === 'several') {
      const [of, refused] = [decoded.parts.length, refusedParts(decoded.parts)];
      this.#addParts(source, decoded.parts);
      if (refused.length < of) this.#several.push({ position, of, refused });
      else this.#rejected.push({ position, rejection: rejectParts(of, refused) });
    } else this.#addRecord(source, decoded);
  }

  /** Scores and builds the good ones of a message's log records. */
  #addParts(source: KafkaRecord, parts: readonly DecodedPart[]): void {
    parts.forEach((one, part) => {
      if (one.kind === 'record') this.#addRecord(source, one, { part, of: parts.length });
    });
  }

  #addRecord(source: KafkaRecord, decoded: IndexableRecord, place?: MessagePart): void {
    const anomaly = scoreRecord(decoded.record, this.deps.rules);
    if (anomaly.is_anomaly) this.#anomalies += 1;
    this.#builder.add(source, decoded, anomaly, place);
  }
}

/** The places of offsets in records, both ascending; an offset may come several times. */
function positionsOf(offsets: number[], records: KafkaRecord[]): number[] {
  let position = 0;
  return offsets.map((offset) => {
    while (records[position]!.offset !== offset) position += 1;
    return position;
  });
}
