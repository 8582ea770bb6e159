import { readFileSync } from 'node:fs';
import { coresOf, cpuOf } from '../cores';
import type { QueryTarget } from './query-clients';
import type { Tally } from './tally';

/** The stack at one moment; what could not be read is null. */
export interface Sample {
  /** Seconds since the start. */
  at: number;
  /** Records per second, since the sample before. */
  producedRate: number | null;
  indexedRate: number | null;
  lag: number | null;
  /** Queries per second that were answered, and that failed. */
  queryRate: number;
  errorRate: number;
  /** Of the queries that were answered since the sample before, in ms. */
  p50: number | null;
  p99: number | null;
  /** By process. */
  cores: Record<string, number>;
  memoryMb: Record<string, number>;
}

/** A count at a time in ms. */
export interface Count {
  at: number;
  count: number;
}

interface Totals {
  produced: number | null;
  indexed: number | null;
  lag: number | null;
}

const UNKNOWN: Totals = { produced: null, indexed: null, lag: null };
const TIMEOUT_MS = 5000;

/** Reads the stack's figures from one call to the next. */
export class Sampler {
  readonly #startedAt = Date.now();
  /** The last that were known. */
  readonly #counts: Partial<Record<'produced' | 'indexed', Count>> = {};
  #before: { at: number; cpu: Record<string, number> };

  constructor(
    private readonly target: QueryTarget,
    private readonly pids: Record<string, number>,
    private readonly tally: Tally,
  ) {
    this.#before = { at: Date.now(), cpu: cpuOf(pids) };
  }

  async take(): Promise<Sample> {
    const totals = await this.#totals().catch(() => UNKNOWN);
    const now = { at: Date.now(), cpu: cpuOf(this.pids) };
    const before = this.#before;
    this.#before = now;
    const elapsedMs = Math.max(1, now.at - before.at);
    const perSecond = (name: 'produced' | 'indexed') => {
      const count = totals[name];
      if (count === null) return null;
      const last = this.#counts[name];
      const next = { at: now.at, count: Math.max(count, last?.count ?? 0) };
      this.#counts[name] = next;
      return rateSince(last, next);
    };
    const { answered, failed, p50, p99 } = this.tally.takeRecent();
    return {
      at: (now.at - this.#startedAt) / 1000,
      producedRate: perSecond('produced'),
      indexedRate: perSecond('indexed'),
      lag: totals.lag,
      queryRate: (answered * 1000) / elapsedMs,
      errorRate: (failed * 1000) / elapsedMs,
      p50: answered > 0 ? p50 : null,
      p99: answered > 0 ? p99 : null,
      cores: coresOf(before.cpu, now.cpu, elapsedMs),
      memoryMb: memoryOf(this.pids),
    };
  }

  async #totals(): Promise<Totals> {
    const { apiUrl, key } = this.target;
    const answer = await fetch(`${apiUrl}/pipeline`, {
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { totals } = (await answer.json()) as { totals?: Partial<Totals> };
    return { ...UNKNOWN, ...totals };
  }
}

/**
 * A count per second since the count before; null unless both are known. While a partition does not answer, the API counts by
 * its last commit, which is behind: a count that goes back tells nothing new.
 */
export function rateSince(before: Count | undefined, now: Count | undefined): number | null {
  if (!before || !now || now.at <= before.at) return null;
  return (Math.max(0, now.count - before.count) * 1000) / (now.at - before.at);
}

/** Memory that each process has now; one that is gone is absent. */
function memoryOf(pids: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(pids).flatMap(([name, pid]) => {
      try {
        const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        return resident === undefined ? [] : [[name, Number(resident) / 1024] as const];
      } catch {
        return [];
      }
    }),
  );
}
