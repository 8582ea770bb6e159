import type { AuditCounts, AuditSums, Verdict } from '../domain/audit';
import type { Ledger } from '../domain/ledger';

/** The ledger's sums beside what was found, for an audit of the whole account. */
export function sumsOf(ledger: Ledger, counts: AuditCounts): AuditSums {
  const { indexed, duplicate, deadLettered, filtered, lostUpstream } = ledger;
  return {
    documents: { found: counts.documents, booked: indexed + duplicate + counts.redriven },
    letters: { found: counts.letters, booked: deadLettered - counts.redriven },
    holes: {
      found: counts.filtered + counts.void + counts.unverifiable + counts.expired + counts.missing,
      booked: filtered + lostUpstream + ledger.void,
    },
  };
}

/**
 * `clean` when nothing is missing, doubled or foreign and the sums agree.
 *
 * More than booked is never clean. Less is, where documents went for their age: those whose record Kafka still has are
 * counted as expired, and those of which it has none can only lie before everything that is left (`leading`), since
 * days are deleted whole and from the oldest on.
 */
export function judge(counts: AuditCounts, sums: AuditSums | undefined, leading: number): Verdict {
  if (counts.missing > 0 || counts.doubled > 0 || counts.foreign > 0) return 'differences';
  if (!sums) return 'clean';
  const { documents, letters } = sums;
  if (documents.found > documents.booked || letters.found > letters.booked) return 'differences';
  const gone = documents.booked + letters.booked - documents.found - letters.found;
  return gone <= counts.expired + leading ? 'clean' : 'differences';
}
