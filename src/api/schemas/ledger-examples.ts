/** Examples of the ledger; a test holds them against the schemas. */

const fates = { indexed: 1190, duplicate: 2, dead_lettered: 8, filtered: 0, lost_upstream: 0, void: 0 };
const current = { indexed: 1193, dead_lettered: 5, documents: 1199 };
const documents = 1196;

export const ledgerExample = {
  topic: 'logs',
  source: 'workflows',
  missing: [],
  partitions: [
    {
      partition: 0,
      state: 'running',
      source: 'workflows',
      generation: 1,
      first_offset: '0',
      next_offset: '1200',
      end_offset: '1250',
      committed_offset: '1100',
      lag: 50,
      fates,
      documents,
      imbalance: 0,
      redriven: 3,
      current,
      closed: [],
    },
  ],
  totals: { offsets: 1200, lag: 50, fates, documents, imbalance: 0, redriven: 3, current },
};

export const metricsExample = `# HELP sluice_ledger_imbalance Offsets passed less the sum of their fates: must be 0.
# TYPE sluice_ledger_imbalance gauge
sluice_ledger_imbalance{topic="logs",partition="0"} 0
`;
