/** Example answers of the documentation; a test holds them against the schemas. */

const log = {
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

export const logsExample = { ...account, page: 1, size: 50, logs: [log] };

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
  response_time_ms: { p50: 3120.5, p95: 3120.5, p99: 3120.5 },
  top_paths: [{ path: '/payments/charge', count: 1 }],
  top_error_codes: [{ error_code: 'PAYMENT_TIMEOUT', count: 1 }],
  histogram: {
    interval_ms: 60_000,
    buckets: [{ start: '2026-11-24T10:15:00.000Z', count: 1, anomalies: 1, errors: 1 }],
  },
};

export const pipelineExample = {
  topic: 'logs',
  state: 'running',
  source: 'workflows',
  note: null,
  workflow_id: 'ingest/logs',
  workflow_url: 'http://127.0.0.1:8233/namespaces/default/workflows/ingest%2Flogs',
  temporal_pause: null,
  partitions: [
    {
      partition: 0,
      state: 'running',
      source: 'workflows',
      next_offset: '1200',
      end_offset: '1250',
      lag: 50,
      counts: { indexed: 1190, duplicate: 2, dead_lettered: 8, filtered: 0, lost_upstream: 0, void: 0 },
      balanced: true,
      committed_offset: '1100',
      last_error: null,
      gap: null,
      hold: null,
      temporal_pause: null,
      batch_limits: { max_records: 10_000, max_bytes: 8_388_608 },
      workflow_id: 'ingest/logs/0',
      workflow_url: 'http://127.0.0.1:8233/namespaces/default/workflows/ingest%2Flogs%2F0',
    },
  ],
  totals: {
    produced: 1250,
    lag: 50,
    indexed: 1190,
    duplicate: 2,
    dead_lettered: 8,
    filtered: 0,
    lost_upstream: 0,
    void: 0,
  },
};

export const acceptedExample = {
  signal: 'pause',
  request_id: '0b1c9a52-6f0c-4a9f-9a65-5f9f5c3f6a51',
  acknowledged: true,
  duplicate: false,
  partitions: [
    { partition: 0, status: 'pausing' },
    { partition: 1, status: 'paused' },
  ],
  workflow_id: 'ingest/logs',
  workflow_url: 'http://127.0.0.1:8233/namespaces/default/workflows/ingest%2Flogs',
  note: { reason: 'index maintenance', actor: 'on-call' },
};

export const healthExample = {
  status: 'up',
  version: '0.1.0',
  dependencies: {
    kafka: { status: 'up', latency_ms: 3.1, message: 'topic logs has 4 partitions' },
    elasticsearch: { status: 'up', latency_ms: 5.2, message: 'cluster sluice is green, 1 node(s)' },
    temporal: { status: 'up', latency_ms: 2.4, message: 'namespace default' },
  },
  warnings: [],
};
