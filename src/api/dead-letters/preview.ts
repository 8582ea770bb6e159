import type { HeldLetter } from '../../activities/redrive-ports';
import type { LetterFilter } from '../../domain/dead-letter';
import { notAsMany, refuseOwnBytes } from '../../domain/redrive';
import { isExpired } from '../../domain/retention';
import type { DeadLetterDesk } from './ports';

/** Letters that a preview decodes, and bytes of their records; the count is over all. */
const EXAMINED_LETTERS = 200;
const EXAMINED_BYTES = 16 * 1024 * 1024;
const EXAMPLES = 10;

export type PreviewOutcome = 'indexed' | 'rejected' | 'expired' | 'unknown';

/** What would become of one letter. */
export interface PreviewedLetter {
  id: string;
  outcome: PreviewOutcome;
  reason?: { code: string; field: string; detail: string };
}

/** What a redrive would do now. */
export interface Preview {
  selected: number;
  examined: number;
  outcomes: Record<PreviewOutcome, number>;
  byReason: { reason: string; count: number }[];
  examples: PreviewedLetter[];
}

/**
 * Decodes the records of a selection as they would be decoded now, and writes nothing. What the mapping says is only
 * known when a record is written: one that it refuses stays a dead letter.
 */
export async function previewRedrive(
  desk: DeadLetterDesk,
  filter: LetterFilter,
  editedBody: Buffer | undefined,
  now: number,
): Promise<Preview> {
  const [selected, places] = await Promise.all([
    desk.search.count(filter),
    desk.letters.page(filter, undefined, EXAMINED_LETTERS),
  ]);
  let bytes = 0;
  const examined = places.filter((place, position) => position === 0 || (bytes += place.bytes) <= EXAMINED_BYTES);
  const letters: PreviewedLetter[] = [];
  for (const letter of await desk.letters.load(examined)) letters.push(await judge(desk, letter, editedBody, now));
  const outcomes: Preview['outcomes'] = { indexed: 0, rejected: 0, expired: 0, unknown: 0 };
  const reasons = new Map<string, number>();
  for (const { outcome, reason } of letters) {
    outcomes[outcome] += 1;
    if (reason) reasons.set(reason.code, (reasons.get(reason.code) ?? 0) + 1);
  }
  const byReason = [...reasons].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count);
  return { selected, examined: letters.length, outcomes, byReason, examples: letters.slice(0, EXAMPLES) };
}

async function judge(
  desk: DeadLetterDesk,
  letter: HeldLetter,
  editedBody: Buffer | undefined,
  now: number,
): Promise<PreviewedLetter> {
  const { id, timestamp, offset } = letter;
  if (isExpired(timestamp, now, desk.retention)) return { id, outcome: 'expired' };
  const value = editedBody ?? letter.record?.value;
  // Only the dead-letter topic and the source topic have its bytes.
  if (!value) return { id, outcome: 'unknown' };
  const refusal = editedBody ? undefined : refuseOwnBytes(letter.reason);
  if (refusal) return { id, outcome: 'rejected', reason: refusal };
  const source = { offset, timestamp, key: null, value };
  const decoded = editedBody ? await desk.decodeApart(source) : desk.decode(source);
  if (decoded.kind === 'rejected') {
    const { code, field, detail } = decoded.rejection;
    return { id, outcome: 'rejected', reason: { code, field, detail } };
  }
  const otherCount = editedBody && letter.parts !== undefined && decoded.parts !== letter.parts;
  if (otherCount) return { id, outcome: 'rejected', reason: notAsMany(letter.parts!) };
  return { id, outcome: 'indexed' };
}
