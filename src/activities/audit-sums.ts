import type { AuditCounts, AuditSums, Verdict } from '../domain/audit';
import type { ExpiredSum } from '../domain/expiry';
import { documentsOf, type Ledger } from '../domain/ledger';

/**
 * The ledger's sums beside what was found, for an audit of the whole account.
 *
 * @param gone what the retention has recorded: a letter that went after its redrive was booked as redriven
 */
export function sumsOf(ledger: Ledger, counts: AuditCounts, gone: ExpiredSum): AuditSums {
  const { deadLettered, filtered, lostUpstream } = ledger;
  const redriven = counts.redriven + gone.settled;
  return {
    documents: {
      found: counts.documents + counts.moreDocuments,
      booked: documentsOf(ledger) + counts.added + gone.added,
    },
    letters: { found: counts.letters, booked: deadLettered - redriven },
    holes: {
      found: counts.filtered + counts.void + counts.unverifiable + counts.expired + counts.missing,
      booked: filtered + lostUpstream + ledger.void,
    },
    expired: { found: counts.expired, booked: gone.documents + gone.open },
  };
}

/** Documents beside one for each offset that are booked and not found. */
export function moreGone(ledger: Ledger, counts: AuditCounts, gone: ExpiredSum): number {
  const booked = (ledger.moreDocuments ?? 0) + counts.added + gone.added - counts.redriven - gone.settled;
  return Math.max(0, booked - counts.moreDocuments);
}

/**
 * `clean` when nothing is missing, incomplete, doubled or foreign and the sums agree.
 *
 * More than booked is never clean. Less is, where documents went for their age, as many as the retention has recorded.
 * Where it has not, as by the hand of somebody who deletes old indices: those whose record Kafka still has are counted as
 * expired by their day, and those of which it has none can only lie before everything that is left.
 *
 * @param recorded of the expired offsets, those that a record of the retention tells of
 * @param leading unverifiable offsets before everything that is left
 * @param more documents that may have gone with offsets of which no record tells, beside one for each
 */
export function judge(
  counts: AuditCounts,
  sums: AuditSums | undefined,
  { recorded, leading, more }: { recorded: number; leading: number; more: number },
): Verdict {
  const { missing, incomplete, doubled, foreign } = counts;
  if (missing + incomplete + doubled + foreign > 0) return 'differences';
  if (!sums) return 'clean';
  const { documents, letters } = sums;
  if (documents.found > documents.booked || letters.found > letters.booked) return 'differences';
  const gone = documents.booked + letters.booked - documents.found - letters.found;
  const unrecorded = counts.expired - recorded + leading;
  const explained = (sums.expired?.booked ?? 0) + unrecorded + (unrecorded > 0 ? more : 0);
  return gone <= explained ? 'clean' : 'differences';
}
