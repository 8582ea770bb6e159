/** Answers of the routes of long exports, as the documentation shows them. */

const id = '20261124-101500-3f9a1c';
const workflow = {
  workflow_id: `export/logs/${id}`,
  workflow_url: `http://127.0.0.1:8233/namespaces/default/workflows/export%2Flogs%2F${id}`,
};

export const exportStartedExample = { id, url: `/logs/exports/${id}`, duplicate: false, ...workflow };

export const exportMessageExample = { id, status: 'pausing', acknowledged: true, ...workflow };

export const longExportExample = {
  id,
  status: 'running',
  format: 'csv',
  sort: '-time',
  fields: ['@timestamp', 'message'],
  limit: null,
  asked: { filter: { level: ['error', 'fatal'], from: 'now-7d' }, format: 'csv', fields: ['@timestamp', 'message'] },
  ordered_at: '2026-11-24T10:15:00.000Z',
  actor: 'on-call',
  reason: null,
  request_id: null,
  frozen_at: '2026-11-24T10:15:01.204Z',
  progress: {
    ...{ percent: 40, logs: 400_000, wanted: 1_000_000, total: 1_000_000, bytes: 52_000_000, parts: 4 },
    ...{ logs_per_second: 20_000, eta_seconds: 30, worked_seconds: 20 },
  },
  result: null,
  restarts: 0,
  expires_at: '2026-11-25T10:15:21.000Z',
  pause: null,
  failing: null,
  ...workflow,
};
