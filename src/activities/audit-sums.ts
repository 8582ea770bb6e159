import type { AuditCounts, AuditSums, Verdict } from '../domain/audit';
import type { ExpiredSum } from '../domain/expiry';
import type { Ledger } from '../domain/ledger';

/**
 * The ledger's sums beside what was found, for an audit of the whole account.
 *
 * @param gone what the retention has recorded: a letter that went after its redrive was booked as redriven
 */
export function sumsOf(ledger: Ledger, counts: AuditCounts, gone: ExpiredSum): AuditSums {
  const { indexed, duplicate, deadLettered, filtered, lostUpstream } = ledger;
  const redriven = counts.redriven + gone.settled;
  return {
    documents: { found: counts.documents, booked: indexed + duplicate + redriven },
    letters: { found: counts.letters, booked: deadLettered - redriven },
    holes: {
      found: counts.filtered + counts.void + counts.unverifiable + counts.expired + counts.missing,
      booked: filtered + lostUpstream + ledger.void,
    },
    expired: { found: counts.expired, booked: gone.documents + gone.open },
  };
}

/**
 * `clean` when nothing is missing, doubled or foreign and the sums agree.
 *
 * More than booked is never clean. Less is, where documents went for their age, as many as the retention has recorded.
 * Where it has not, as by the hand of somebody who deletes old indices: those whose record Kafka still has are counted as
 * expired by their day, and those of which it has none can only lie before everything that is left.
 *
 * @param recorded of the expired offsets, those that a record of the retention tells of
 * @param leading unverifiable offsets before everything that is left
 */
export function judge(
  counts: AuditCounts,
  sums: AuditSums | undefined,
  { recorded, leading }: { recorded: number; leading: number },
): Verdict {
  if (counts.missing > 0 || counts.doubled > 0 || counts.foreign > 0) return 'differences';
  if (!sums) return 'clean';
  const { documents, letters } = sums;
  if (documents.found > documents.booked || letters.found > letters.booked) return 'differences';
  const gone = documents.booked + letters.booked - documents.found - letters.found;
  const explained = (sums.expired?.booked ?? 0) + counts.expired - recorded + leading;
  return gone <= explained ? 'clean' : 'differences';
}
