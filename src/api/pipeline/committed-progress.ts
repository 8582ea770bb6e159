import { z } from 'zod';
import type { ClosedLedger, Ledger } from '../../domain/ledger';

/** What a mirrored commit tells of a partition. */
export interface CommittedProgress {
  generation: number;
  ledger: Ledger;
  closed?: ClosedLedger[] | undefined;
}

const offset = z.string().regex(/^\d{1,16}$/);
const count = z.int().min(0);
const ledger = z.object({
  first: offset,
  next: offset,
  indexed: count,
  duplicate: count,
  deadLettered: count,
  filtered: count,
  lostUpstream: count,
  void: count,
  moreDocuments: count.optional(),
}) satisfies z.ZodType<Ledger>;

/** What is needed of a commit's metadata; anybody may commit to the group, so nothing is taken on trust. */
const commitMetadata = z.object({
  progress: z.object({
    generation: z.int().min(1),
    ledger,
    closed: z.array(z.object({ generation: z.int().min(1), ledger })).optional(),
  }) satisfies z.ZodType<CommittedProgress>,
});

/** The progress in a commit's metadata; undefined when it is none of ours. */
export function committedProgress(metadata: string | undefined): CommittedProgress | undefined {
  if (!metadata) return undefined;
  try {
    return commitMetadata.parse(JSON.parse(metadata)).progress;
  } catch {
    return undefined;
  }
}
