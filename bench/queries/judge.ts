import { percentile, type Measured } from './measure';
import type { Kind } from './mix';

interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

/** Milliseconds of one kind of query, or of one of its mix. */
export interface Summary {
  kind: Kind;
  /** Which of the mix; absent for all of the kind. */
  name: string | undefined;
  count: number;
  api: Percentiles;
  bare: Percentiles;
  /** What the API's percentiles are above the bare ones. */
  added: Percentiles;
}

/** What 95 of 100 queries must take less than, in milliseconds, over the API. */
const LIMIT_MS: Record<Kind, number> = { 'filtered search': 50, stats: 200 };
/** What the API may add to a bare query: this share, or so many milliseconds where that is more. */
const ADDED_SHARE = 0.2;
const ADDED_MS = 3;

export function summarise(kind: Kind, name: string | undefined, measured: readonly Measured[]): Summary {
  const api = percentilesOf(measured.map((one) => one.api));
  const bare = percentilesOf(measured.map((one) => one.bare));
  const added = { p50: api.p50 - bare.p50, p95: api.p95 - bare.p95, p99: api.p99 - bare.p99 };
  return { kind, name, count: measured.length, api, bare, added };
}

function percentilesOf(values: number[]): Percentiles {
  return { p50: percentile(values, 0.5), p95: percentile(values, 0.95), p99: percentile(values, 0.99) };
}

/** Which limits were broken, in sentences. Only whole kinds are judged. */
export function judge(summaries: readonly Summary[]): string[] {
  return summaries.flatMap(({ kind, name, api, bare, added }) => {
    if (name !== undefined) return [];
    const wrong: string[] = [];
    if (!(api.p95 < LIMIT_MS[kind])) wrong.push(`${kind}: p95 is ${ms(api.p95)}, at most ${LIMIT_MS[kind]} ms`);
    for (const at of ['p50', 'p95'] as const) {
      const allowed = Math.max(bare[at] * ADDED_SHARE, ADDED_MS);
      if (!(added[at] <= allowed)) {
        wrong.push(
          `${kind}: the API adds ${ms(added[at])} to the bare ${at} of ${ms(bare[at])}, at most ${ms(allowed)}`,
        );
      }
    }
    return wrong;
  });
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
