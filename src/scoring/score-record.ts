import type { Anomaly, AnomalyReason, ScoredFields, Severity } from '../domain/record';
import type { ScoringRules } from './rules';

const MAX_SCORE = 100;
/** Shared by all unremarkable records: most of them are. */
const UNREMARKABLE: Anomaly = Object.freeze({
  score: 0,
  severity: 'none',
  is_anomaly: false,
  reasons: Object.freeze([]) as unknown as AnomalyReason[],
});

/**
 * Scores one record: the sum of the points of every rule that holds, at most 100. Pure: the same record and rules give
 * the same verdict, whenever and wherever.
 */
export function scoreRecord(record: ScoredFields, rules: ScoringRules): Anomaly {
  const reasons: AnomalyReason[] = [];
  const hold = (rule: string, weight: number) => {
    if (weight > 0) reasons.push({ rule, weight });
  };
  if (record.level === 'fatal') hold('level_fatal', rules.fatal);
  else if (record.level === 'error') hold('level_error', rules.error);
  else if (record.level === 'warn') hold('level_warn', rules.warn);

  const status = record.status_code ?? 0;
  if (status >= 500) hold('status_5xx', rules.serverError);
  else if (status >= 400) hold('status_4xx', rules.clientError);

  const responseTime = record.response_time_ms ?? 0;
  if (responseTime >= rules.verySlowMs) hold('response_very_slow', rules.verySlow);
  else if (responseTime >= rules.slowMs) hold('response_slow', rules.slow);

  if (record.error_code !== undefined) hold('error_code', rules.errorCode);
  if (reasons.length === 0) return UNREMARKABLE;

  const sum = reasons.reduce((total, { weight }) => total + weight, 0);
  const score = Math.min(MAX_SCORE, sum);
  return { score, severity: severityOf(score, rules), is_anomaly: score >= rules.anomalyThreshold, reasons };
}

/** The severity a score stands for. */
export function severityOf(score: number, rules: ScoringRules): Severity {
  if (score >= rules.critical) return 'critical';
  if (score >= rules.high) return 'high';
  if (score >= rules.medium) return 'medium';
  if (score >= rules.low) return 'low';
  return 'none';
}
