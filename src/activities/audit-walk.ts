import type { ForeignReason } from '../domain/audit';
import { parseDocumentId } from '../domain/ids';
import type { AuditedLetter, PlacedDocument } from './audit-ports';
import type { Span, Tally } from './audit-tally';

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
  letters: readonly AuditedLetter[];
}

/**
 * Whose a document is: `ours` is of this account, `closed` of an earlier topic of the name, anything else is the reason
 * why it is nobody's.
 */
export function judgeDocument(
  { id, offset, place: told }: PlacedDocument,
  account: AuditedAccount,
): 'ours' | 'closed' | Exclude<ForeignReason, 'beyond_end' | 'no_place'> {
  const place = parseDocumentId(id);
  if (place?.partition !== account.partition || place.offset !== offset || place.part !== told?.part) return 'id';
  if (account.closed.includes(place.generation)) return 'closed';
  if (place.generation !== account.generation) return 'generation';
  return offset < account.first ? 'outside' : 'ours';
}

/** What was found of one offset. */
interface Evidence {
  documents: PlacedDocument[];
  letter?: AuditedLetter | undefined;
}

/** Judges one window of offsets: counts what is there and returns, in order, the offsets where nothing is. Pure but for the tally. */
export function walk(window: Window, account: AuditedAccount, tally: Tally): Span[] {
  const evidence = new Map<number, Evidence>();
  for (const document of window.documents) {
    const whose = judgeDocument(document, account);
    if (whose === 'closed') tally.count('closed');
    else if (whose !== 'ours') tally.foreign(document, whose);
    else {
      const found = evidence.get(document.offset);
      if (found) found.documents.push(document);
      else evidence.set(document.offset, { documents: [document] });
    }
  }
  for (const letter of window.letters) {
    evidence.set(letter.offset, { documents: evidence.get(letter.offset)?.documents ?? [], letter });
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
function judgeOffset(offset: number, { documents, letter }: Evidence, tally: Tally): boolean {
  const here = { from: offset, to: offset + 1 };
  // A message is one log record or several, each of which has one document.
  const found = new Set(documents.map(({ place }) => place?.part)).size;
  const of = documents.reduce((most, { place }) => Math.max(most, place?.of ?? 1), 0);
  const isMixed = documents.some(({ place }) => place === undefined) && of > 1;
  // While a letter is being redriven its documents may be there already.
  const redriven =
    letter !== undefined &&
    (letter.state === 'redriven' ||
      letter.state === 'resolved' ||
      (letter.state === 'redriving' && found > letter.documents));
  const now = letter?.state === 'redriving' ? Math.max(found, letter.documents) : letter?.documents;
  const booked = now ?? of;
  if (redriven) tally.count('redriven');
  if (letter) tally.count('added', booked - letter.kept);
  if (documents.length > found || isMixed || found > booked) tally.range('doubled', here);
  else if (found < booked && (found > 0 || !redriven)) tally.lacking(here, found > 0);
  const isLetter = letter !== undefined && !redriven && (found === 0 || letter.documents > 0);
  if (isLetter) tally.count('letters');
  else if (found > 0) tally.count('documents');
  tally.count('moreDocuments', isLetter ? found : Math.max(0, found - 1));
  return isLetter || found > 0;
}
