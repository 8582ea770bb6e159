import { percentilesOf, type Percentiles } from '../percentiles';
import { QUERY_KINDS, type QueryKind } from './queries';

export interface KindFigures extends Percentiles {
  answered: number;
  /** How often each error came, by the problem's code, or what failed before there was an answer. */
  errors: Record<string, number>;
}

/** What came of the queries so far. */
export class Tally {
  readonly #times = new Map<QueryKind, number[]>();
  readonly #errors = new Map<QueryKind, Map<string, number>>();
  #recent: number[] = [];
  #recentErrors = 0;

  /** @param ms from when it was due until its answer was read */
  answered(kind: QueryKind, ms: number): void {
    const times = this.#times.get(kind) ?? [];
    this.#times.set(kind, times);
    times.push(ms);
    this.#recent.push(ms);
  }

  failed(kind: QueryKind, code: string): void {
    const codes = this.#errors.get(kind) ?? new Map<string, number>();
    this.#errors.set(kind, codes);
    codes.set(code, (codes.get(code) ?? 0) + 1);
    this.#recentErrors += 1;
  }

  /** Of the queries that ended since the last call. */
  takeRecent(): Percentiles & { answered: number; failed: number } {
    const recent = { ...percentilesOf(this.#recent), answered: this.#recent.length, failed: this.#recentErrors };
    this.#recent = [];
    this.#recentErrors = 0;
    return recent;
  }

  /** By kind, those that were asked. */
  figures(): Partial<Record<QueryKind, KindFigures>> {
    return Object.fromEntries(
      QUERY_KINDS.flatMap((kind) => {
        const times = this.#times.get(kind) ?? [];
        const errors = Object.fromEntries(this.#errors.get(kind) ?? []);
        if (times.length + Object.keys(errors).length === 0) return [];
        return [[kind, { answered: times.length, ...percentilesOf(times), errors }] as const];
      }),
    );
  }
}
