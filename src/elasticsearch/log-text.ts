import { JsonText } from '../domain/json-text';
import type { LogHit } from '../api/logs/ports';
import { toHit, type Answer } from './search-answer';
import { readHighlights } from './search-highlight';

type Hit = Answer['hits']['hits'][number];

/** What a document may have within, and would have twice if it had it itself. */
const ADDED = /"(?:id|index|highlights)":/;

/** A hit as it is shown, with where it matches; as text when its document was left as text. */
export function logOf(hit: Hit): LogHit | JsonText<LogHit> {
  const source: unknown = hit._source;
  return source instanceof JsonText ? new JsonText(textOf(hit, source.text)) : withHighlights(hit);
}

/** All of them as text when each one's document was left as text. */
export function logsOf(hits: readonly Hit[]): LogHit[] | JsonText<LogHit[]> {
  const logs = hits.map(logOf);
  const texts = logs.filter((log) => log instanceof JsonText);
  if (texts.length === 0) return logs as LogHit[];
  return new JsonText(`[${logs.map((log) => (log instanceof JsonText ? log.text : JSON.stringify(log))).join(',')}]`);
}

function textOf(hit: Hit, document: string): string {
  if (ADDED.test(document)) return JSON.stringify(withHighlights(hit));
  const added = { id: hit._id!, index: hit._index, ...(hit.highlight ? highlightsOf(hit.highlight) : {}) };
  return `${document.slice(0, -1)}${document === '{}' ? '' : ','}${JSON.stringify(added).slice(1)}`;
}

function withHighlights(hit: Hit): LogHit {
  return Object.assign(toHit(hit), hit.highlight ? highlightsOf(hit.highlight) : {});
}

function highlightsOf(found: Record<string, string[]>) {
  return { highlights: readHighlights(found) };
}
