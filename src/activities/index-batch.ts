import { Context } from '@temporalio/activity';
import { isLarge, type BatchRef } from '../domain/batch';
import { PipelineError } from '../domain/errors';
import { noFates, type FateCounts } from '../domain/ledger';
import { parseOffset } from '../domain/offsets';
import { beat } from './heartbeat';
import { observeStage, tallyOf, type BatchObserver } from './observer';
import type { RefreshPace } from './ports';
import type { PreparedBatch } from './prepare-batch';
import { announce, LOST_ATTEMPTS, prepareIsolated, type IsolateDeps } from './prepare-isolated';
import { obtainPrepared, type StepInput } from './score-batch';
import { Settlement, type SettlementState } from './settlement';
import { BatchWriter } from './write-batch';

export interface IndexInput extends StepInput {
  /** What an earlier attempt on another queue had settled. */
  settled?: SettlementState | undefined;
  /** On the shared queue only: attempts on another queue that lost their process. */
  lost?: number | undefined;
}

export interface IndexDeps extends IsolateDeps {
  observer: BatchObserver;
  pace: RefreshPace;
}

export interface IndexResult {
  fates: FateCounts;
  /** How often a request was too large and went out in halves; absent when never. */
  splits?: number;
  /** Milliseconds that the slowest request took. */
  slowestMs?: number;
}

/**
 * Step three: gives every record of a batch its fate, in Elasticsearch or as a dead letter.
 *
 * Fails with the reason why some records have none yet. The failure's first detail is always what is settled by then
 * ({@link SettlementState}, null before anything is known), which also travels in the heartbeat, so that the next
 * attempt sends and counts only the rest. With offset_out_of_range the second one is the `OffsetGap`: the batch
 * had to be read again, and Kafka had deleted these offsets; what is settled has its fate all the same.
 */
export function createIndexBatch(deps: IndexDeps) {
  const shared = { ...deps, load: { requests: 0 } };
  return async function indexBatch(input: IndexInput): Promise<IndexResult> {
    const stage = { stage: 'index' as const, ref: input.ref, epoch: input.epoch.number };
    return observeStage(deps.observer, stage, () => indexOnce(input, shared));
  };
}

async function indexOnce(input: IndexInput, deps: IndexDeps): Promise<IndexResult> {
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
          : await obtainPrepared(ref, epoch, deps, true);
      preparing = false;
      settlement ??= new Settlement(prepared.records.length, earlier, prepared.records);
      if (isBacklog(ref, prepared)) for (const { index } of prepared.parts) deps.pace.relax(index);
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
      const fates = fatesOf(ref, prepared, settlement);
      tellDone(input, { fates, prepared, settlement }, deps);
      deps.cache.release(ref);
      const { splits, slowestMs, refusedSize } = writer;
      // Every request was answered, so all of it was sent; and nobody else can have found it since.
      if (attempt === 1 && !refusedSize && prepared.writers === 1) deps.index.giveBack(prepared.parts);
      return { fates, ...(splits > 0 ? { splits } : {}), slowestMs };
    } catch (error) {
      // It failed and was not lost: the next attempt must not count it.
      preparing = false;
      if (settlement) deps.observer.settled(tallyOf(settlement), settlement.freshDocuments);
      unknown = isUnknown(error) ? unknown + 1 : 0;
      throw withSettlement(unknown >= UNKNOWN_ATTEMPTS ? persisting(error) : error, settled());
    }
  }, left);
}

/** Tells that every record of a batch has its fate. */
function tellDone(
  { ref, epoch }: IndexInput,
  { fates, prepared, settlement }: { fates: FateCounts; prepared: PreparedBatch; settlement: Settlement },
  { observer, cache, logger }: IndexDeps,
): void {
  const endedAt = Date.now();
  observer.settled(tallyOf(settlement, { fates, prepared }), settlement.freshDocuments);
  const startedAt = cache.since(ref);
  if (startedAt !== undefined) observer.stage({ stage: 'batch', ref, epoch: epoch.number, startedAt, endedAt });
  const oldest = prepared.records[0];
  const ageMs = oldest && Math.max(0, endedAt - oldest.timestamp);
  if (ageMs !== undefined) observer.fresh(ageMs);
  const { topic, partition, from, to } = ref;
  logger.debug({ topic, partition, from, to, records: prepared.records.length, fates, ageMs }, 'batch has its fates');
}

/** How old, in ms, the first record of a large batch is that is one of a backlog. */
const BACKLOG_AGE_MS = 5000;

function isBacklog(ref: BatchRef, { records }: PreparedBatch): boolean {
  if (!isLarge(ref)) return false;
  return records[0] !== undefined && Date.now() - records[0].timestamp > BACKLOG_AGE_MS;
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
  const { count, settled, indexed, duplicate, deadLettered, moreDocuments } = state;
  const counts = { indexed, duplicate, deadLettered, ...(moreDocuments === undefined ? {} : { moreDocuments }) };
  return { count, settled, ...counts };
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
