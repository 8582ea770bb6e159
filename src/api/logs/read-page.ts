import { Problem } from '../problem';
import { invalidParameters } from '../validate';
import { searchDigest, type Cursors } from './cursor';
import type { LogFilter, LogPage, LogSort, Paged, PageRequest } from './ports';

interface PageQuery {
  size: number;
  cursor?: string | undefined;
  page?: number | undefined;
  sort?: LogSort | undefined;
  fields?: readonly string[] | undefined;
  highlight?: boolean | undefined;
}

/** Cursor of a first page that is frozen already. */
export const FIRST = '*';

/** A page, and what asks for the next one; null after the last. */
export interface ReadPage<Page> {
  found: Page;
  nextCursor: string | null;
}

/** Makes page requests of queries and cursors, and cursors of the places where pages end. */
export function createPageReader(cursors: Cursors, now: () => number) {
  /**
   * @param kind of search, which a cursor stays with
   * @param toFilter what is searched for when relative times count from the given moment
   * @throws Problem invalid_parameter for a cursor of another search, cursor_expired
   */
  return async function readPage<Page extends LogPage>(
    kind: string,
    query: PageQuery,
    toFilter: (nowMs: number) => LogFilter,
    search: (request: PageRequest) => Promise<Paged<Page>>,
  ): Promise<ReadPage<Page>> {
    const freeze = query.cursor === FIRST;
    const state = query.cursor === undefined || freeze ? undefined : cursors.read(query.cursor);
    if (query.cursor !== undefined && !freeze && !state) {
      throw badCursor('is not a cursor of this API, or was changed; start again without it');
    }
    const nowMs = state?.now ?? now();
    const filter = toFilter(nowMs);
    const digest = searchDigest(kind, filter, query.sort);
    if (state && state.digest !== digest) {
      throw badCursor('belongs to another search; repeat its filters and order, or start again without it');
    }
    const { size, page, sort, fields, highlight } = query;
    const request = { filter, size, page, freeze, fields, highlight, ...(sort ? { sort } : {}) };
    const found = await checkingSize('size', search({ ...request, position: state?.position }));
    if (found === 'expired') {
      const detail = 'A cursor lasts 5 minutes and ends when Elasticsearch restarts. Start again without it.';
      throw new Problem('cursor_expired', detail);
    }
    const { next } = found;
    return { found, nextCursor: next ? cursors.write({ now: nowMs, digest, position: next }) : null };
  };
}

/** Too large an answer is the fault of the parameter that says how many logs it has. */
export async function checkingSize<T>(parameter: string, answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    if (error instanceof RangeError) throw invalidParameters([{ parameter, detail: error.message }]);
    throw error;
  });
}

function badCursor(detail: string): Problem {
  return invalidParameters([{ parameter: 'cursor', detail }]);
}
