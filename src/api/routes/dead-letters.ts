import type { LetterFilter } from '../../domain/dead-letter';
import { fromCursor, letterDetailView, letterView, toCursor } from '../dead-letters/letter-view';
import { toLetterFilter } from '../dead-letters/order-redrive';
import type { AppDeps } from '../ports';
import { Problem } from '../problem';
import { route, type Route } from '../route';
import { deadLetterDetailExample, deadLettersExample } from '../schemas/dead-letter-examples';
import { deadLetterDetailSchema, deadLettersQuery, deadLettersSchema, letterParams } from '../schemas/dead-letters';
import { noQuery } from '../schemas/log-queries';

export const searchProblems = [
  'invalid_parameter',
  'uri_too_long',
  'internal_error',
  'elasticsearch_unavailable',
  'elasticsearch_throttled',
  'elasticsearch_denied',
] as const;

/** The routes that show dead letters. */
export function deadLetterRoutes({ deadLetters, now = Date.now }: Pick<AppDeps, 'deadLetters' | 'now'>): Route[] {
  const { search } = deadLetters;
  return [
    route({
      method: 'get',
      path: '/pipeline/dead-letters',
      tag: 'pipeline',
      scope: 'read',
      summary: 'Search dead letters',
      description: 'Newest first, without the records’ bytes. A letter can be found a second after it was written.',
      query: deadLettersQuery,
      answers: {
        200: {
          description: 'A page of letters, and counts over all that the filters select.',
          content: { 'application/json': { schema: deadLettersSchema, example: deadLettersExample } },
        },
      },
      problems: searchProblems,
      handle: async ({ query, signal }, ctx) => {
        const filter: LetterFilter = { ...toLetterFilter(query, now()), states: query.state };
        const after = query.cursor === undefined ? undefined : fromCursor(query.cursor);
        const page = await search.list({ filter, size: query.size, after }, signal);
        ctx.body = {
          total: page.total,
          took_ms: page.tookMs,
          partial: page.partial,
          size: query.size,
          next_cursor: page.next ? toCursor(page.next) : null,
          letters: page.letters.map(letterView),
          by_reason: page.byReason,
          by_state: page.byState,
        };
      },
    }),
    route({
      method: 'get',
      path: '/pipeline/dead-letters/{id}',
      tag: 'pipeline',
      scope: 'read',
      summary: 'One dead letter',
      description: 'With the record’s bytes, key and headers: text where they are UTF-8, base64 where they are not.',
      query: noQuery,
      params: letterParams,
      answers: {
        200: {
          description: 'The letter as it is now.',
          content: { 'application/json': { schema: deadLetterDetailSchema, example: deadLetterDetailExample } },
        },
      },
      problems: [...searchProblems, 'not_found', 'dead_letter_not_found'],
      handle: async ({ params: { id } }, ctx) => {
        const found = await search.get(id);
        if (!found) throw new Problem('dead_letter_not_found', `There is no dead letter ${id}.`);
        ctx.body = letterDetailView(found);
      },
    }),
  ];
}
