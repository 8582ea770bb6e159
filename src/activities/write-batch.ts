import type { BatchRef } from '../domain/batch';
import { PipelineError, type PipelineErrorCode } from '../domain/errors';
import type { Rejection } from '../domain/record';
import { deadLetter } from './dead-letter';
import { MessageTally, type Answered } from './message-tally';
import type { BulkPart, DeadLetters, FoundLetter, LetterIndex, RecordIndex } from './ports';
import { planRequests } from './plan-requests';
import type { PreparedBatch } from './prepare-batch';
import type { Settlement } from './settlement';

/** Over half of a batch, and at least this many records, refused by the mapping: it is the mapping, not the records. */
const MAPPING_HALT_RECORDS = 50;

/**
 * Requests of one batch on their way at once: the one that is being answered, and the next. A later attempt has reason to
 * go gently.
 */
const IN_FLIGHT = 2;

/**
 * While so many requests of a topic are on their way, batches have one each: Elasticsearch is busy, and what it writes side by
 * side ends in more and smaller segments, which it has to merge.
 */
const BUSY_REQUESTS = 4;

/** Requests of a topic on their way. */
export interface RequestLoad {
  requests: number;
}

/** Where a batch is written. */
export interface WriteDeps {
  index: RecordIndex;
  letters: LetterIndex;
  deadLetters: DeadLetters;
  /** What batches of one topic share; without it a batch counts only its own. */
  load?: RequestLoad;
}

/**
 * Writes a prepared batch: each record becomes a document or a dead letter, and what has a fate is settled at once.
 *
 * An offset that has a dead letter keeps that fate: the letter's states say what became of it, and the ledger of fates is
 * never changed. So whatever is written here of such a record moves its letter instead of counting as indexed.
 */
export class BatchWriter {
  /** Letters of earlier readings of this range, by position. */
  #letters = new Map<number, FoundLetter>();
  readonly #messages: MessageTally;
  splits = 0;
  /** A request was refused for its size, maybe before all of it was sent. */
  refusedSize = false;
  slowestMs = 0;

  constructor(
    private readonly ref: BatchRef,
    private readonly epoch: number,
    private readonly batch: PreparedBatch,
    private readonly settlement: Settlement,
    private readonly deps: WriteDeps,
    private readonly attempt: number,
    private readonly signal: AbortSignal,
  ) {
    this.#messages = new MessageTally(batch.several);
  }

  /** @throws PipelineError the reason why some records have no fate yet; what is settled stays so */
  async write(): Promise<void> {
    await this.#findLetters();
    // Side by side: a batch with one bad record then takes no longer than one without. None is left behind when one fails.
    const [letters, documents] = await Promise.allSettled([
      this.#deadLetter(this.batch.rejected),
      this.#writeDocuments(),
    ]);
    if (documents.status === 'rejected') throw documents.reason;
    if (letters.status === 'rejected') throw letters.reason;
  }

  /** Each further request waits for one that is done; after a failure none is begun, and those under way are waited for. */
  async #writeDocuments(): Promise<void> {
    const rejected: PreparedBatch['rejected'] = [];
    const requests = planRequests(this.batch, (position) => this.settlement.isSettled(position), this.attempt);
    const { load = { requests: 0 } } = this.deps;
    let failed = false;
    const sendInTurn = async (_lane: unknown, lane: number) => {
      while (!failed && (lane === 0 || load.requests < BUSY_REQUESTS)) {
        const next = requests.shift();
        if (!next) return;
        load.requests += 1;
        try {
          // They have no fate yet: how many there are in the whole batch decides about it.
          rejected.push(...(await this.#send(next.part, next.positions, next.items)));
        } catch (error) {
          failed = true;
          throw error;
        } finally {
          load.requests -= 1;
        }
      }
    };
    const lanes = Array.from({ length: this.attempt === 1 ? IN_FLIGHT : 1 }, sendInTurn);
    for (const lane of await Promise.allSettled(lanes)) if (lane.status === 'rejected') throw lane.reason;
    rejected.sort((one, other) => one.position - other.position);
    this.#demandSoundMapping(rejected);
    await this.#deadLetter(rejected);
  }

  async #findLetters(): Promise<void> {
    const { records } = this.batch;
    const byOffset = await this.deps.letters.inRange(this.ref, records);
    if (byOffset.size === 0) return;
    records.forEach(({ offset }, position) => {
      const letter = byOffset.get(offset);
      if (!letter) return;
      this.#letters.set(position, letter);
      // Its document, if there is one, is another text than the record's: not to be written over.
      if (letter.edited) this.settlement.settle(position, 'deadLettered', letter.kept);
    });
    for (const { position, refused, rewritten } of this.batch.several) {
      // The letter says which of its log records are refused, and the good ones were written before it.
      const letter = refused.length > 0 && !rewritten ? this.#letters.get(position) : undefined;
      if (letter) this.settlement.settle(position, 'deadLettered', letter.kept);
    }
  }

  /** Documents that are there: their records are settled, by their letters where they have one. */
  async #settle(positions: number[], fate: 'indexed' | 'duplicate'): Promise<void> {
    const moved = positions.filter((position) => this.#letters.has(position));
    const written = (position: number) => this.#messages.partsOf(position);
    await this.deps.letters.resolve(
      moved.map((position) => ({ ...this.#letters.get(position)!, documents: written(position) })),
    );
    for (const position of positions) {
      const letter = this.#letters.get(position);
      if (letter) this.settlement.settle(position, 'deadLettered', letter.kept);
      else this.settlement.settle(position, fate, written(position));
    }
  }

  async #settleAll({ indexed, duplicate, rejected }: Answered): Promise<PreparedBatch['rejected']> {
    await this.#settle(indexed, 'indexed');
    await this.#settle(duplicate, 'duplicate');
    return rejected;
  }

  #demandSoundMapping(rejected: PreparedBatch['rejected']): void {
    const byMapping = ({ code }: { code: string }) => code === 'mapping_rejected';
    const reasons = rejected.flatMap(({ rejection }): { code: string }[] => rejection.parts?.refused ?? [rejection]);
    const refused = reasons.filter(byMapping).length;
    const all = this.batch.several.reduce((sum, { of }) => sum + of - 1, this.batch.records.length);
    if (refused < MAPPING_HALT_RECORDS || refused * 2 <= all) return;
    const indices = this.batch.parts.map(({ index }) => index).join(', ');
    throw new PipelineError('mapping_rejects_batch', `the mapping of ${indices} refuses ${refused} of ${all} records`);
  }

  /** Sends items, in halves where the request is too large; returns the refused ones. */
  async #send(part: BulkPart, positions: number[], items: number[]): Promise<PreparedBatch['rejected']> {
    if (items.length === 0) return [];
    this.signal.throwIfAborted();
    try {
      const only = items.length === positions.length ? undefined : items;
      const started = Date.now();
      const outcome = await this.deps.index.write(part, this.ref, this.epoch, only, this.signal);
      this.slowestMs = Math.max(this.slowestMs, Date.now() - started);
      const rejected = await this.#settleAll(this.#messages.take(part, positions, outcome));
      if (outcome.unsettled.length > 0) {
        const { code = 'bulk_unknown_error', type = '', status = 0 } = outcome.failure ?? {};
        const what = `${outcome.unsettled.length} of ${items.length} records not accepted: status ${status} ${type}`;
        throw new PipelineError(code as PipelineErrorCode, what);
      }
      return rejected;
    } catch (error) {
      if (!(error instanceof PipelineError) || error.code !== 'request_too_large') throw error;
      this.refusedSize = true;
      if (items.length === 1) {
        const rejection: Rejection = {
          code: 'too_large',
          field: '',
          detail: 'larger than Elasticsearch takes in one request',
        };
        return this.#settleAll(this.#messages.refuse(part, positions, items[0]!, rejection));
      }
      this.splits += 1;
      const middle = items.length >> 1;
      const first = await this.#send(part, positions, items.slice(0, middle));
      return [...first, ...(await this.#send(part, positions, items.slice(middle)))];
    }
  }

  async #deadLetter(rejected: PreparedBatch['rejected']): Promise<void> {
    const { ref, epoch, signal } = this;
    await deadLetter(rejected, this.batch.records, this.settlement, { ref, epoch }, this.deps, signal);
  }
}
