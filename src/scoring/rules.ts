/** Points and thresholds of the scoring rules; scores go from 0 to 100. */
export interface ScoringRules {
  fatal: number;
  error: number;
  warn: number;
  serverError: number;
  clientError: number;
  slow: number;
  verySlow: number;
  errorCode: number;
  /** Milliseconds from which a response is slow. */
  slowMs: number;
  verySlowMs: number;
  /** Score from which a record is an anomaly. */
  anomalyThreshold: number;
  /** Scores from which each severity holds. */
  low: number;
  medium: number;
  high: number;
  critical: number;
}

/**
 * Rules whose thresholds contradict each other, one line each; empty when they are sound.
 */
export function contradictions(rules: ScoringRules): string[] {
  const problems: string[] = [];
  if (rules.verySlowMs < rules.slowMs) problems.push('SCORE_VERY_SLOW_MS must not be below SCORE_SLOW_MS');
  const { low, medium, high, critical } = rules;
  if (!(low <= medium && medium <= high && high <= critical)) {
    problems.push('SCORE_LOW, SCORE_MEDIUM, SCORE_HIGH and SCORE_CRITICAL must not fall');
  }
  return problems;
}
