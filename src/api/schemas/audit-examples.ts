/** Examples of the audit routes; a test holds them against the schemas. */

const id = '20261124-101500-3f9a1c';
const workflow = {
  workflow_id: `audit/logs/${id}`,
  workflow_url: `http://127.0.0.1:8233/namespaces/default/workflows/audit%2Flogs%2F${id}`,
};

export const auditStartedExample = { id, url: `/pipeline/audits/${id}`, ...workflow };

const counts = {
  documents: 1189,
  more_documents: 0,
  letters: 8,
  redriven: 0,
  added: 0,
  filtered: 0,
  void: 0,
  expired: 0,
  missing: 3,
  incomplete: 0,
  doubled: 0,
  unverifiable: 0,
  foreign: 0,
  closed: 0,
};

export const auditExample = {
  id,
  status: 'done',
  started_at: '2026-11-24T10:15:00.120Z',
  ended_at: '2026-11-24T10:15:02.430Z',
  progress: { percent: 100, partitions: 1, judged: 1, current_partition: null },
  failing: null,
  result: {
    verdict: 'differences',
    counts,
    names: { missing: [{ partition: 0, from: '17', to: '20' }], doubled: [], unverifiable: [], foreign: [] },
    partitions: [
      {
        partition: 0,
        from: '0',
        to: '1200',
        generation: 1,
        source: 'workflow',
        verdict: 'differences',
        counts,
        sums: {
          documents: { found: 1189, booked: 1192 },
          letters: { found: 8, booked: 8 },
          holes: { found: 3, booked: 0 },
          expired: { found: 0, booked: 0 },
        },
      },
    ],
    omitted_partitions: 0,
  },
  ...workflow,
};
