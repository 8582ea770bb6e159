/** Examples of the retention routes; a test holds them against the schemas. */

const id = '20261124-101500-3f9a1c';
const workflow = {
  workflow_id: `retention/logs/${id}`,
  workflow_url: `http://127.0.0.1:8233/namespaces/default/workflows/retention%2Flogs%2F${id}`,
};

export const retentionStartedExample = { id, url: `/retention/runs/${id}`, dry_run: true, ...workflow };

export const retentionRunExample = {
  id,
  status: 'done',
  started_at: '2026-11-24T10:15:00.120Z',
  ended_at: '2026-11-24T10:15:00.480Z',
  result: {
    dry_run: true,
    at: '2026-11-24T10:15:00.210Z',
    logs: {
      oldest_kept: '2026.11.22',
      kept_indices: 3,
      expired: [{ index: 'logs-2026.11.21', documents: 8_640_112 }],
      omitted: 0,
    },
    dead_letters: { oldest_kept: '2026.10.25', kept_indices: 4, expired: [], omitted: 0 },
    merging: null,
  },
  ...workflow,
};

export const retentionExample = {
  topic: 'logs',
  missing: [],
  schedule: {
    id: 'retention/logs',
    url: 'http://127.0.0.1:8233/namespaces/default/schedules/retention%2Flogs',
    paused: false,
    note: null,
    next_run_at: '2026-11-24T11:00:00.000Z',
    latest_runs: [{ workflow_id: 'retention/logs/hourly-2026-11-24T10:00:00Z', at: '2026-11-24T10:00:00.031Z' }],
  },
  logs: {
    retention_days: 2,
    oldest_kept: '2026.11.22',
    indices: [
      {
        index: 'logs-2026.11.22',
        day: '2026.11.22',
        documents: 8_641_004,
        bytes: 1_904_217_311,
        expires_at: '2026-11-25T00:00:00.000Z',
      },
    ],
  },
  dead_letters: { retention_days: 30, oldest_kept: '2026.10.25', indices: [] },
  expired: {
    partitions: [{ generation: 1, partition: 0, documents: 2_160_028, letters: 0, from: '0', to: '2160030' }],
    latest: [
      {
        index: 'logs-2026.11.21',
        kind: 'logs',
        day: '2026.11.21',
        documents: 8_640_112,
        expired_at: '2026-11-24T00:00:00.512Z',
      },
    ],
  },
  drift: [
    { where: 'logs-2026.11.22', path: 'mappings.properties.status_code.type', shipped: 'integer', found: 'keyword' },
  ],
  disks: [
    {
      node: 'node-1',
      total_bytes: 500_000_000_000,
      available_bytes: 60_000_000_000,
      watermark: 'low',
      flood_below_bytes: 25_000_000_000,
    },
  ],
  warnings: [
    'disk of Elasticsearch node node-1: 88 % used, 55.9 GiB free, past the low watermark; writes stop when less than ' +
      '23.3 GiB is free: free disk, or lower INDEX_RETENTION_DAYS',
  ],
};
