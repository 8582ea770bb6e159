import type { ForeignReason } from '../domain/audit';
import { parseDocumentId } from '../domain/ids';
import type { AuditLetters, PlacedDocument } from './audit-ports';
import type { Span, Tally } from './audit-tally';

type Letter = Awaited<ReturnType<AuditLetters['list']>>[number];

/** The account that documents are held against. */
export interface AuditedAccount {
  partition: number;
  generation: number;
  /** First offset of the account. */
  first: number;
  /** Earlier generations of the topic. */
  closed: readonly number[];
}

/** Everything that was found about a range of offsets. */
export interface Window extends Span {
  documents: readonly PlacedDocument[];
  letters: readonly Letter[];
}

/**
 * Whose a document is: `ours` is of this account, `closed` of an earlier topic of the name, anything else is the reason
 * why it is nobody's.
 */
export function judgeDocument(
  { id, offset }: PlacedDocument,
  account: AuditedAccount,
): 'ours' | 'closed' | Exclude<ForeignReason, 'beyond_end' | 'no_place'> {
  const place = parseDocumentId(id);
  if (place?.partition !== account.partition || place.offset !== offset) return 'id';
  if (account.closed.includes(place.generation)) return 'closed';
  if (place.generation !== account.generation) return 'generation';
  return offset < account.first ? 'outside' : 'ours';
}

/** Judges one window of offsets: counts what is there and returns, in order, the offsets where nothing is. Pure but for the tally. */
export function walk(window: Window, account: AuditedAccount, tally: Tally): Span[] {
  const evidence = new Map<number, { documents: number; letter?: Letter['state'] }>();
  for (const document of window.documents) {
    const whose = judgeDocument(document, account);
    if (whose === 'closed') tally.count('closed');
    else if (whose !== 'ours') tally.foreign(document, whose);
    else {
      const found = evidence.get(document.offset);
      evidence.set(document.offset, { documents: (found?.documents ?? 0) + 1 });
    }
  }
  for (const { offset, state } of window.letters) {
    evidence.set(offset, { documents: evidence.get(offset)?.documents ?? 0, letter: state });
  }
  const holes: Span[] = [];
  let next = window.from;
  for (const offset of [...evidence.keys()].sort((a, b) => a - b)) {
    if (!judgeOffset(offset, evidence.get(offset)!, tally)) continue;
    if (offset > next) holes.push({ from: next, to: offset });
    next = offset + 1;
  }
  if (next < window.to) holes.push({ from: next, to: window.to });
  return holes;
}

/** @returns false when the offset has neither a document nor a letter that stands for it */
function judgeOffset(
  offset: number,
  { documents, letter }: { documents: number; letter?: Letter['state'] },
  tally: Tally,
): boolean {
  // While a letter is being redriven its document may be there already.
  const redriven = letter === 'redriven' || letter === 'resolved' || (letter === 'redriving' && documents > 0);
  if (redriven) tally.count('redriven');
  if (documents > 1 || (documents > 0 && letter === 'open')) tally.range('doubled', { from: offset, to: offset + 1 });
  if (documents > 0) tally.count('documents');
  else if (!redriven) tally.count('letters');
  return documents > 0 || !redriven;
}
