/** Answers of the replay routes, as the documentation shows them. */

const id = '20261124-101500-3f9a1c';
const workflow = {
  workflow_id: `replay/logs/${id}`,
  workflow_url: `http://127.0.0.1:8233/namespaces/default/workflows/replay%2Flogs%2F${id}`,
};

export const replayStartedExample = { id, url: `/replays/${id}`, duplicate: false, ...workflow };

export const replayMessageExample = { id, status: 'pausing', acknowledged: true, ...workflow };

export const replayExample = {
  id,
  mode: 'repair',
  dry_run: false,
  status: 'running',
  ordered_at: '2026-11-24T10:15:00.000Z',
  actor: 'on-call',
  reason: 'an index was deleted by mistake',
  request_id: null,
  scope: { partitions: [0], from: '1000', to: null, from_time: null, to_time: null, records_per_second: 2000 },
  findings: { offsets: 50_000, documents: 49_000, dead_letters: 10, expired: 0, missing: 990, gone: 0, beyond: 120 },
  progress: {
    percent: 40,
    done: 20_000,
    total: 50_000,
    counts: {
      ...{ written: 400, present: 19_596, dead_lettered: 4 },
      ...{ filtered: 0, expired: 0, gone: 0, void: 0, missing: 0 },
    },
    records_per_second: 1990,
    eta_seconds: 16,
    worked_seconds: 10.1,
    positions: [{ partition: 0, next: '21000' }],
    epochs: [],
  },
  shadow: null,
  pause: null,
  failing: null,
  ...workflow,
};
