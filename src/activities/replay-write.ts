import { Context } from '@temporalio/activity';
import type { BatchRef } from '../domain/batch';
import type { KafkaRecord } from '../domain/record';
import { noReplayCounts, type ReplayCounts } from '../domain/replay';
import { BatchCache } from './batch-cache';
import { lookUpExpired, type ExpiryDeps } from './expired-records';
import type { FoundLetter } from './ports';
import { prepareBatch, type PreparedBatch } from './prepare-batch';
import { LOST_ATTEMPTS, prepareIsolated, type IsolateDeps } from './prepare-isolated';
import { Settlement, type SettlementState } from './settlement';
import { BatchWriter } from './write-batch';

export type ReplayWriteDeps = IsolateDeps & ExpiryDeps;

/** What an attempt leaves of the stretch that it was at. */
export interface StretchState {
  /** End of the stretch: one that ends elsewhere is of another reading. */
  to: string;
  settled: SettlementState;
}

/** How a stretch is written, and what earlier attempts leave to it. */
export interface StretchOrder {
  epoch: number;
  earlier?: StretchState | undefined;
  /** Attempts that lost their process: after some of them records are prepared where they can do no harm. */
  lost: number;
  /** Told of what is settled when the writing ends, however it does. */
  onState: (state: StretchState) => void;
}

const never = new AbortController().signal;

/**
 * Writes records as the live path does, at their own places and under the given epoch, but for two kinds: those whose
 * Kafka day is not kept any more or was deleted for its age, since writing one would create its index anew, and those
 * whose letter stands for them, which are the redrive's. None of these is decoded. Of a message that has documents beside
 * its letter the good log records are written, and the letter stays.
 *
 * @returns their fates, without what Kafka does not hold
 */
export async function writeStretch(
  ref: BatchRef,
  records: KafkaRecord[],
  order: StretchOrder,
  deps: ReplayWriteDeps,
): Promise<ReplayCounts> {
  const { generation, partition } = ref;
  const placed = ({ offset, timestamp }: KafkaRecord) => ({ generation, partition, offset, timestamp });
  const expired = await lookUpExpired(records.map(placed), deps);
  const kept = records.filter((record) => !expired.document(placed(record)));
  const letters = kept.length > 0 ? await deps.letters.inRange(ref, kept) : new Map<number, FoundLetter>();
  const own = kept.filter(({ offset }) => !standsFor(letters.get(offset)));
  const counts = {
    ...noReplayCounts(),
    expired: records.length - kept.length,
    deadLettered: kept.length - own.length,
  };
  if (own.length === 0) return counts;
  const sound = order.earlier?.to === ref.to ? order.earlier.settled : undefined;
  let settlement = new Settlement(own.length, sound);
  const prepared =
    order.lost < LOST_ATTEMPTS
      ? prepareBatch(ref, own, order.epoch, deps)
      : await prepareApart(ref, own, order.epoch, sound, deps, (made) => (settlement = made));
  const isGone = ({ position }: { position: number }) => expired.letter(placed(own[position]!));
  const rejected = prepared.rejected.filter((one) => !isGone(one));
  // Its letter has gone for its age, and is not written anew for the log records that are refused.
  const several = prepared.several.map((one) =>
    isGone(one) ? { ...one, of: one.of - one.refused.length, refused: [] } : { ...one, rewritten: true },
  );
  const batch = { ...prepared, rejected, several };
  const writer = new BatchWriter(ref, order.epoch, batch, settlement, deps, Context.current().info.attempt, never);
  try {
    await writer.write();
  } finally {
    order.onState({ to: ref.to, settled: settlement.state });
  }
  return {
    ...counts,
    written: settlement.counts.indexed,
    present: settlement.counts.duplicate,
    deadLettered: counts.deadLettered + settlement.counts.deadLettered,
    filtered: prepared.filtered,
    expired: counts.expired + prepared.rejected.length - rejected.length,
  };
}

/** True when a letter says all there is to say of its record: it has no document, or some of an edited body. */
function standsFor(letter: FoundLetter | undefined): boolean {
  if (letter === undefined) return false;
  return letter.edited || ((letter.state === 'open' || letter.state === 'redriving') && letter.documents === 0);
}

/** Prepares records in child processes: one of them may be what ended the attempts before. */
function prepareApart(
  ref: BatchRef,
  records: KafkaRecord[],
  epoch: number,
  earlier: SettlementState | undefined,
  deps: ReplayWriteDeps,
  onSettlement: (settlement: Settlement) => void,
): Promise<PreparedBatch> {
  const cache = new BatchCache(Infinity);
  cache.put(ref, records, 0);
  const input = { ref, epoch: { number: epoch, rulesHash: deps.rulesHash } };
  return prepareIsolated(input, earlier, { ...deps, cache }, onSettlement);
}
