/** Example answers of the documentation; a test holds them against the schemas. */

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
      documents: 1192,
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
    documents: 1192,
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
