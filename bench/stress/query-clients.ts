import { setTimeout as sleep } from 'node:timers/promises';
import type { StressOptions } from './options';
import { chooseKind, queryPath, type QueryKind } from './queries';
import type { Tally } from './tally';

const TIMEOUT_MS = 30_000;
/** After an answer that says to come back later, and while nothing answers: a client is no flood. */
const BACK_OFF_MS = 200;

export interface QueryTarget {
  apiUrl: string;
  key?: string | undefined;
}

/** How many queries there were. */
export interface Asked {
  asked: number;
  /** With a rate, those that were due by the end. */
  due: number;
}

/**
 * Asks with as many clients as wanted until the signal comes. With a rate each query has a time at which it is due, and is
 * timed from then: an API that is slow does not thin out the queries that would show it. Those under way at the end are
 * waited for, or the slowest would not count.
 */
export async function runClients(
  target: QueryTarget,
  options: Pick<StressOptions, 'clients' | 'queryRate' | 'mix' | 'minutes'>,
  tally: Tally,
  signal: AbortSignal,
): Promise<Asked> {
  const startedAt = performance.now();
  let taken = 0;
  let asked = 0;
  let logId: string | undefined;

  async function client(): Promise<void> {
    while (!signal.aborted) {
      const count = taken++;
      const dueAt = options.queryRate === 0 ? performance.now() : startedAt + (count * 1000) / options.queryRate;
      await sleep(Math.max(0, dueAt - performance.now()), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const wanted = chooseKind(options.mix, Math.random());
      const kind: QueryKind = wanted === 'context' && logId === undefined ? 'search' : wanted;
      const path = queryPath(kind, { count, minutes: options.minutes, logId })!;
      asked += 1;
      const code = await ask(kind, path, dueAt);
      if (code !== undefined) await sleep(BACK_OFF_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** @returns the error's code, undefined after an answer */
  async function ask(kind: QueryKind, path: string, dueAt: number): Promise<string | undefined> {
    try {
      const answer = await fetch(target.apiUrl + path, {
        headers: target.key === undefined ? {} : { authorization: `Bearer ${target.key}` },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const body = (await answer.json()) as { code?: string; type?: string; logs?: { id?: string }[] };
      if (!answer.ok) {
        const code = `${answer.status} ${body.code ?? body.type?.split(/[/:#]/).at(-1) ?? 'without a code'}`;
        tally.failed(kind, code);
        return code;
      }
      tally.answered(kind, performance.now() - dueAt);
      logId = body.logs?.at(-1)?.id ?? logId;
      return undefined;
    } catch (error) {
      const { name, cause } = error as Error;
      const code = name === 'TimeoutError' ? 'no answer in 30 s' : ((cause as { code?: string })?.code ?? name);
      tally.failed(kind, code);
      return code;
    }
  }

  let due = 0;
  const countDue = () => (due = Math.floor(((performance.now() - startedAt) * options.queryRate) / 1000));
  signal.addEventListener('abort', countDue, { once: true });
  await Promise.all(Array.from({ length: options.clients }, client));
  return { asked, due: options.clients === 0 ? 0 : due };
}
