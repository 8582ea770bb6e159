import { randomBytes } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';

/** Where a text matches: code units from `start` up to, not including, `end`. */
export interface Highlight {
  start: number;
  end: number;
}

/** Marks that no log can hold on purpose: they are chosen anew by every process. */
const nonce = randomBytes(12).toString('hex');
const START = `\u0001${nonce}<`;
const END = `\u0001${nonce}>`;
const MARK = new RegExp(`${START}|${END}`);

/** Marks matches in the whole message, of which the first 100,000 characters are looked at. */
export const highlighting: estypes.SearchHighlight = {
  type: 'unified',
  fields: { message: {} },
  number_of_fragments: 0,
  pre_tags: [START],
  post_tags: [END],
  max_analyzed_offset: 100_000,
};

/** Turns marks into places, so that what shows them needs not tell marks from the log's own text. */
export function readHighlights(found: Record<string, string[]>): { message: Highlight[] } {
  const message: Highlight[] = [];
  let at = 0;
  // Marks come in turns: every second part is a match.
  (found['message']?.[0] ?? '').split(MARK).forEach((part, index) => {
    if (index % 2 === 1) message.push({ start: at, end: at + part.length });
    at += part.length;
  });
  return { message };
}
