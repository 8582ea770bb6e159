import type { Anomaly, ScoredFields } from '../domain/record';
import type { ScoringRules } from '../scoring/rules';

/** What one field gave to the score. */
export interface ScorePart {
  field: 'level' | 'status_code' | 'response_time_ms' | 'error_code';
  /** null where the record has none. */
  value: string | number | null;
  points: number;
  /** The rule that held, and the setting that its points are from; absent when none did. */
  rule?: string;
  setting?: string;
  /** Why, in words. */
  why: string;
}

const FIELD_OF: Record<string, ScorePart['field']> = {
  level_fatal: 'level',
  level_error: 'level',
  level_warn: 'level',
  status_5xx: 'status_code',
  status_4xx: 'status_code',
  response_very_slow: 'response_time_ms',
  response_slow: 'response_time_ms',
  error_code: 'error_code',
};
const SETTING_OF: Record<string, string> = {
  level_fatal: 'SCORE_FATAL',
  level_error: 'SCORE_ERROR',
  level_warn: 'SCORE_WARN',
  status_5xx: 'SCORE_SERVER_ERROR',
  status_4xx: 'SCORE_CLIENT_ERROR',
  response_very_slow: 'SCORE_VERY_SLOW',
  response_slow: 'SCORE_SLOW',
  error_code: 'SCORE_ERROR_CODE',
};

/** What each field that scoring looks at gave to a verdict. */
export function scoreParts(record: ScoredFields, anomaly: Anomaly, rules: ScoringRules): ScorePart[] {
  const fields: ScorePart['field'][] = ['level', 'status_code', 'response_time_ms', 'error_code'];
  return fields.map((field) => {
    const value = record[field] ?? null;
    const reason = anomaly.reasons.find(({ rule }) => FIELD_OF[rule] === field);
    if (!reason) return { field, value, points: 0, why: whyNot(field, value, rules) };
    const { rule, weight } = reason;
    const setting = SETTING_OF[rule]!;
    return { field, value, points: weight, rule, setting, why: whyOf(rule, rules) };
  });
}

function whyOf(rule: string, { slowMs, verySlowMs }: ScoringRules): string {
  switch (rule) {
    case 'status_5xx':
      return '500 and above';
    case 'status_4xx':
      return 'from 400 to 499';
    case 'response_very_slow':
      return `${verySlowMs} ms and more (SCORE_VERY_SLOW_MS)`;
    case 'response_slow':
      return `${slowMs} ms and more (SCORE_SLOW_MS)`;
    case 'error_code':
      return 'there is one';
    default:
      return 'this level';
  }
}

function whyNot(field: ScorePart['field'], value: string | number | null, { slowMs }: ScoringRules): string {
  if (value === null) return 'the record has none';
  if (field === 'level') return 'only warn, error and fatal score';
  if (field === 'status_code') return Number(value) >= 400 ? 'its rule gives no points' : 'below 400';
  if (field === 'response_time_ms') {
    return Number(value) >= slowMs ? 'its rule gives no points' : `below ${slowMs} ms (SCORE_SLOW_MS)`;
  }
  return 'its rule gives no points';
}
