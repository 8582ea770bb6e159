import { Context } from '@temporalio/activity';
import type { BatchRef } from '../domain/batch';
import { PipelineError, type PipelineErrorCode } from '../domain/errors';
import { noFates, type FateCounts } from '../domain/ledger';
import { parseOffset } from '../domain/offsets';
import type { Rejection } from '../domain/record';
import { beat } from './heartbeat';
import { deadLetter } from './dead-letter';
import type { BulkPart, FoundLetter } from './ports';
import type { PreparedBatch } from './prepare-batch';
import { announce, LOST_ATTEMPTS, prepareIsolated, type IsolateDeps } from './prepare-isolated';
import { obtainPrepared, type StepInput } from './score-batch';
import { Settlement, type SettlementState } from './settlement';

export interface IndexInput extends StepInput {
  /** What an earlier attempt on another queue had settled. */
  settled?: SettlementState | undefined;
  /** On the shared queue only: attempts on another queue that lost their process. */
  lost?: number | undefined;
}

export interface IndexResult {
  fates: FateCounts;
  /** How often a request was too large and went out in halves; absent when never. */
  splits?: number;
  /** Milliseconds that the slowest request took. */
  slowestMs?: number;
}

/** Over half of a batch, and at least this many records, refused by the mapping: it is the mapping, not the records. */
const MAPPING_HALT_RECORDS = 50;

/** No request of a later attempt is made smaller than this for its number. */
const MIN_REQUEST_ITEMS = 500;

/**
 * Items of one request: all of them at first, half as many with each further attempt. A batch that Elasticsearch cannot
 * take within the limit of one request, as on the minutes after a start, then settles piece by piece.
 */
function requestItems(items: number, attempt: number): number {
  return Math.max(MIN_REQUEST_ITEMS, Math.ceil(items / 2 ** (attempt - 1)));
}

/**
 * Step three: gives every record of a batch its fate, in Elasticsearch or as a dead letter.
 *
 * Fails with the reason why some records have none yet. The failure's first detail is always what is settled by then
 * ({@link SettlementState}, null before anything is known), which also travels in the heartbeat, so that the next
 * attempt sends and counts only the rest. With offset_out_of_range the second one is the `OffsetGap`: the batch
 * had to be read again, and Kafka had deleted these offsets; what is settled has its fate all the same.
 */
export function createIndexBatch(deps: IsolateDeps) {
  return async function indexBatch(input: IndexInput): Promise<IndexResult> {
    const { ref, epoch } = input;
    const context = Context.current();
    const earlier = (context.info.heartbeatDetails as SettlementState | undefined) ?? input.settled;
    // A worker's own queue gives a batch one attempt: only on the shared one does it matter how the last one ended.
    const shared = input.lost !== undefined;
    const lost = (earlier?.lost ?? input.lost ?? 0) + (earlier?.preparing ? 1 : 0);
    let preparing = shared;
    let settlement: Settlement | undefined;
    const settled = () => settlement?.state ?? withoutMarks(earlier);
    let unknown = earlier?.unknown ?? 0;
    const left = () => (shared ? { ...(settled() ?? NOTHING_SETTLED), lost, preparing, unknown } : settled());
    return beat(async () => {
      try {
        if (shared) await announce(left()!);
        const prepared =
          lost >= LOST_ATTEMPTS
            ? await prepareIsolated(input, settled(), deps, (made) => (settlement = made))
            : await obtainPrepared(ref, epoch, deps);
        preparing = false;
        settlement ??= new Settlement(prepared.records.length, earlier);
        const { attempt } = context.info;
        const writer = new BatchWriter(
          ref,
          epoch.number,
          prepared,
          settlement,
          deps,
          attempt,
          context.cancellationSignal,
        );
        await writer.write();
        deps.cache.release(ref);
        const { splits, slowestMs } = writer;
        return { fates: fatesOf(ref, prepared, settlement), ...(splits > 0 ? { splits } : {}), slowestMs };
      } catch (error) {
        // It failed and was not lost: the next attempt must not count it.
        preparing = false;
        unknown = isUnknown(error) ? unknown + 1 : 0;
        throw withSettlement(unknown >= UNKNOWN_ATTEMPTS ? persisting(error) : error, settled());
      }
    }, left);
  };
}

/** Attempts in a row, over a minute with their waits, that end in an answer which Sluice does not know: then a person looks. */
const UNKNOWN_ATTEMPTS = 10;

function isUnknown(error: unknown): error is PipelineError {
  return error instanceof PipelineError && error.code === 'bulk_unknown_error';
}

function persisting(error: unknown): unknown {
  if (!isUnknown(error)) return error;
  return new PipelineError(
    'bulk_error_persists',
    `${UNKNOWN_ATTEMPTS} attempts in a row: ${error.message}`,
    error.options,
  );
}

/** What is known of a batch before it was looked at. */
const NOTHING_SETTLED: SettlementState = { count: 0, settled: '', indexed: 0, duplicate: 0, deadLettered: 0 };

function withoutMarks(state: SettlementState | undefined): SettlementState | undefined {
  if (state === undefined || state.count === 0) return undefined;
  const { count, settled, indexed, duplicate, deadLettered } = state;
  return { count, settled, indexed, duplicate, deadLettered };
}

function fatesOf(ref: BatchRef, prepared: PreparedBatch, settlement: Settlement): FateCounts {
  const length = parseOffset(ref.to) - parseOffset(ref.from);
  return { ...noFates(), ...settlement.counts, filtered: prepared.filtered, void: length - prepared.records.length };
}

function withSettlement(error: unknown, state: SettlementState | undefined): unknown {
  if (!(error instanceof PipelineError)) return error;
  const details = [state ?? null, ...(error.options.details ?? [])];
  return new PipelineError(error.code, error.message, { ...error.options, details });
}

/**
 * An offset that has a dead letter keeps that fate: the letter's states say what became of it, and the ledger of fates is
 * never changed. So whatever is written here of such a record moves its letter instead of counting as indexed.
 */
class BatchWriter {
  /** Letters of earlier readings of this range, by position. */
  #letters = new Map<number, FoundLetter>();
  splits = 0;
  slowestMs = 0;

  constructor(
    private readonly ref: BatchRef,
    private readonly epoch: number,
    private readonly batch: PreparedBatch,
    private readonly settlement: Settlement,
    private readonly deps: IsolateDeps,
    private readonly attempt: number,
    private readonly signal: AbortSignal,
  ) {}

  async write(): Promise<void> {
    await this.#findLetters();
    await this.#deadLetter(this.batch.rejected);
    const rejected: PreparedBatch['rejected'] = [];
    for (const [number, part] of this.batch.parts.entries()) {
      rejected.push(...(await this.#writePart(part, this.batch.positions[number]!)));
    }
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
      if (letter.edited) this.settlement.settle(position, 'deadLettered');
    });
  }

  /** Documents that are there: their records are settled, by their letters where they have one. */
  async #settle(positions: number[], fate: 'indexed' | 'duplicate'): Promise<void> {
    const moved = positions.filter((position) => this.#letters.has(position));
    await this.deps.letters.resolve(moved.map((position) => this.#letters.get(position)!));
    for (const position of positions) {
      this.settlement.settle(position, this.#letters.has(position) ? 'deadLettered' : fate);
    }
  }

  /** @returns the refused records, which have no fate yet: how many there are in the whole batch decides about it */
  async #writePart(part: BulkPart, positions: number[]): Promise<PreparedBatch['rejected']> {
    const all = positions.map((_position, item) => item);
    const pending = all.filter((item) => !this.settlement.isSettled(positions[item]!));
    const rejected: PreparedBatch['rejected'] = [];
    const step = Math.max(1, requestItems(pending.length, this.attempt));
    for (let start = 0; start < pending.length; start += step) {
      rejected.push(...(await this.#send(part, positions, pending.slice(start, start + step))));
    }
    return rejected;
  }

  #demandSoundMapping(rejected: PreparedBatch['rejected']): void {
    const refused = rejected.filter(({ rejection }) => rejection.code === 'mapping_rejected').length;
    const all = this.batch.records.length;
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
      const placesOf = (some: number[]) => some.map((item) => positions[item]!);
      await this.#settle(placesOf(outcome.indexed), 'indexed');
      await this.#settle(placesOf(outcome.duplicate), 'duplicate');
      if (outcome.unsettled.length > 0) {
        const { code = 'bulk_unknown_error', type = '', status = 0 } = outcome.failure ?? {};
        const what = `${outcome.unsettled.length} of ${items.length} records not accepted: status ${status} ${type}`;
        throw new PipelineError(code as PipelineErrorCode, what);
      }
      return outcome.rejected.map(({ item, type, detail }) => ({
        position: positions[item]!,
        rejection: { code: 'mapping_rejected', field: '', detail: `${type}: ${detail}` },
      }));
    } catch (error) {
      if (!(error instanceof PipelineError) || error.code !== 'request_too_large') throw error;
      if (items.length === 1) {
        const rejection: Rejection = {
          code: 'too_large',
          field: '',
          detail: 'larger than Elasticsearch takes in one request',
        };
        return [{ position: positions[items[0]!]!, rejection }];
      }
      this.splits += 1;
      const middle = items.length >> 1;
      const first = await this.#send(part, positions, items.slice(0, middle));
      return [...first, ...(await this.#send(part, positions, items.slice(middle)))];
    }
  }

  async #deadLetter(rejected: PreparedBatch['rejected']): Promise<void> {
    await deadLetter(rejected, this.batch.records, this.settlement, { ref: this.ref, epoch: this.epoch }, this.deps);
  }
}
