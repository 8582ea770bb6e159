/** Score buckets of a shadow report: 0 to 9, 10 to 19 and so on; the last one is 100. */
export const SCORE_BUCKETS = 11;
export const MAX_SHADOW_EXAMPLES = 20;

/** A record that would be judged differently. */
export interface ShadowExample {
  /** Of its document. */
  id: string;
  before: number;
  after: number;
  change: 'gained' | 'lost';
  /** The rules that would hold, by code. */
  rules: string[];
}

/** What other rules would change. */
export interface ShadowReport {
  compared: number;
  /** Records that would become anomalies, and such that would not be any more. */
  gained: number;
  lost: number;
  /** Records whose score would differ. */
  rescored: number;
  /** By {@link SCORE_BUCKETS}. */
  before: number[];
  after: number[];
  /** The first ones. */
  examples: ShadowExample[];
}

export function emptyShadow(): ShadowReport {
  const zeros = () => new Array<number>(SCORE_BUCKETS).fill(0);
  return { compared: 0, gained: 0, lost: 0, rescored: 0, before: zeros(), after: zeros(), examples: [] };
}

export function addShadow(one: ShadowReport, other: ShadowReport): ShadowReport {
  const sums = (a: number[], b: number[]) => a.map((count, bucket) => count + b[bucket]!);
  return {
    compared: one.compared + other.compared,
    gained: one.gained + other.gained,
    lost: one.lost + other.lost,
    rescored: one.rescored + other.rescored,
    before: sums(one.before, other.before),
    after: sums(one.after, other.after),
    examples: [...one.examples, ...other.examples].slice(0, MAX_SHADOW_EXAMPLES),
  };
}
