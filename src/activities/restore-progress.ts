import { FATES, imbalance, openLedger } from '../domain/ledger';
import { parseOffset } from '../domain/offsets';
import type { CommitMetadata, Hold, MirroredHolds, PartitionProgress } from '../workflows/contract';

/**
 * Where a partition starts: at the state that its mirrored commit carries, so that a lost Temporal database or a
 * workflow terminated by hand costs nothing; without a commit, at the earliest offset that Kafka has.
 *
 * The mirror may be older than the truth: what was indexed since is then met again as duplicate.
 */
export function restoreProgress(
  commit: { offset: string; metadata: string } | undefined,
  earliest: number,
  epochNumber: number,
  generation = 1,
): PartitionProgress {
  const kept = commit && parseCommitMetadata(commit.metadata);
  if (kept) return kept.progress;
  // A commit that somebody else wrote says where to go on, but nothing of what came before.
  const first = commit ? commit.offset : String(earliest);
  return { generation, ledger: openLedger(first), epochs: [{ number: epochNumber, from: first }] };
}

/** The metadata of one of our commits; undefined for anything else. */
export function parseCommitMetadata(text: string): CommitMetadata | undefined {
  try {
    const value = JSON.parse(text) as CommitMetadata | null;
    if (value?.v !== 1) return undefined;
    const { progress, epoch } = value;
    const sound =
      Number.isSafeInteger(progress.generation) &&
      (progress.topicId === undefined || typeof progress.topicId === 'string') &&
      FATES.every((fate) => Number.isSafeInteger(progress.ledger[fate])) &&
      isCount(progress.ledger.moreDocuments ?? 0) &&
      typeof progress.ledger.next === 'string' &&
      imbalance(progress.ledger) === 0 &&
      progress.epochs.every(({ number, from }) => Number.isSafeInteger(number) && parseOffset(from) >= 0) &&
      (progress.lost ?? []).every(({ from, to, lost }) => parseOffset(to) - parseOffset(from) >= lost) &&
      (progress.closed ?? []).every(({ generation, ledger }) => generation >= 1 && imbalance(ledger) === 0) &&
      Number.isSafeInteger(epoch.number) &&
      typeof epoch.rulesHash === 'string';
    return sound ? { ...value, holds: soundHolds(value.holds) } : undefined;
  } catch {
    // No JSON, or not of this shape.
    return undefined;
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Of what the last run of a workflow noted and what a commit mirrors, what is newer: with the same orders, the note. */
export function newerHolds(
  noted: MirroredHolds | undefined,
  mirrored: MirroredHolds | undefined,
): MirroredHolds | undefined {
  if (!noted || !mirrored) return noted ?? mirrored;
  return mirrored.revision > noted.revision ? mirrored : noted;
}

const KINDS: readonly string[] = ['pause', 'drain', 'stop-at'] satisfies Hold['kind'][];

/** What operators hold, as far as it can be relied on: anybody may commit to the group, or start a workflow. */
export function soundHolds(holds: MirroredHolds | undefined): MirroredHolds | undefined {
  if (typeof holds !== 'object' || holds === null || !Number.isSafeInteger(holds.revision)) return undefined;
  const { revision, own, topic } = holds;
  return { revision, own: soundHold(own), topic: soundHold(topic) };
}

function soundHold(hold: Hold | undefined): Hold | undefined {
  if (!hold || !KINDS.includes(hold.kind) || typeof hold.since !== 'string') return undefined;
  const { kind, since, reason, actor, expiresAt, offset } = hold;
  const texts = [reason, actor, expiresAt, offset].every((one) => one === undefined || typeof one === 'string');
  const placed = offset === undefined ? kind !== 'stop-at' : parseOffset(offset) >= 0;
  const timed = expiresAt === undefined || !Number.isNaN(Date.parse(expiresAt));
  return texts && placed && timed ? { kind, since, reason, actor, expiresAt, offset } : undefined;
}
