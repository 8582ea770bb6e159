/** Example answers of the log routes; a test holds them against the schemas. */

export const logExample = {
  id: '01-0002-0000000000004711',
  index: 'logs-2026.11.24',
  '@timestamp': '2026-11-24T10:15:30.123Z',
  service: 'payment',
  level: 'error',
  message: 'card processor answered too late',
  request_id: 'req-000000000042',
  status_code: 504,
  user_id: 'user-1007',
  path: '/payments/charge',
  method: 'POST',
  response_time_ms: 3120.5,
  error_code: 'PAYMENT_TIMEOUT',
  tags: ['checkout'],
  anomaly: {
    score: 100,
    severity: 'critical',
    is_anomaly: true,
    reasons: [
      { rule: 'level_error', weight: 40 },
      { rule: 'status_5xx', weight: 30 },
      { rule: 'response_very_slow', weight: 40 },
      { rule: 'error_code', weight: 15 },
    ],
  },
  kafka: { partition: 2, offset: 4711, timestamp: '2026-11-24T10:15:30.180Z' },
};

const account = { total: { value: 1, relation: 'eq' }, took_ms: 4, partial: false };

export const logsExample = { ...account, page: 1, size: 50, next_cursor: null, logs: [logExample] };

export const ndjsonExample = [
  { id: '01-0002-0000000000004711', index: 'logs-2026.11.24', service: 'payment', message: 'connection refused' },
  { sluice_export: { count: 1, total: 1, complete: true, sha256: '5f70bf18a0860070'.repeat(4) } },
]
  .map((line) => `${JSON.stringify(line)}\n`)
  .join('');

export const csvExample =
  'id,index,service,message\r\n01-0002-0000000000004711,logs-2026.11.24,payment,connection refused\r\n';

export const anomaliesExample = {
  ...logsExample,
  by_severity: { none: 0, low: 0, medium: 0, high: 0, critical: 1 },
  by_rule: [
    { rule: 'level_error', count: 1 },
    { rule: 'response_very_slow', count: 1 },
  ],
};

export const statsExample = {
  ...account,
  by_level: { trace: 0, debug: 0, info: 0, warn: 0, error: 1, fatal: 0 },
  by_severity: anomaliesExample.by_severity,
  by_service: [{ service: 'payment', count: 1 }],
  by_status_class: { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 1, none: 0 },
  anomalies: 1,
  errors: 1,
  error_rate: 1,
  response_time_ms: { p50: 3120.5, p90: 3120.5, p95: 3120.5, p99: 3120.5, avg: 3120.5, max: 3120.5 },
  top_paths: [{ path: '/payments/charge', count: 1 }],
  top_error_codes: [{ error_code: 'PAYMENT_TIMEOUT', count: 1 }],
  top_users: [{ user_id: 'user-1007', count: 1 }],
  histogram: {
    interval_ms: 60_000,
    buckets: [{ start: '2026-11-24T10:15:00.000Z', count: 1, anomalies: 1, errors: 1 }],
  },
};

export const histogramExample = {
  ...account,
  interval: '1h',
  time_zone: 'Europe/Berlin',
  buckets: [
    {
      start: '2026-11-24T10:00:00.000Z',
      ...{ count: 1, anomalies: 1, errors: 1 },
      by: { trace: 0, debug: 0, info: 0, warn: 0, error: 1, fatal: 0 },
    },
  ],
};

export const facetsExample = {
  ...account,
  facets: {
    service: { values: [{ value: 'payment', count: 1 }], other: 0, missing: 0, error: 0 },
    'attributes.region': { values: [], other: 0, missing: 1, error: 0 },
  },
};

export const contextExample = {
  ...{ took_ms: 4, partial: false, by: ['partition'] },
  before: [{ ...logExample, id: '01-0002-0000000000004710', kafka: { ...logExample.kafka, offset: 4710 } }],
  log: logExample,
  after: [],
  ...{ more_before: true, more_after: false },
};

export const requestExample = {
  request_id: logExample.request_id,
  ...account,
  first: '2026-11-24T10:15:30.123Z',
  last: '2026-11-24T10:15:30.123Z',
  ...{ duration_ms: 0, errors: 1, anomalies: 1, max_score: 100 },
  services: [
    {
      ...{ service: 'payment', count: 1, errors: 1 },
      ...{ first: '2026-11-24T10:15:30.123Z', last: '2026-11-24T10:15:30.123Z' },
    },
  ],
  next_cursor: null,
  logs: [logExample],
};
