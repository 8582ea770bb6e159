import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createAuditActivities } from '../src/activities/audit-activities';
import type { AuditDeps } from '../src/activities/audit-ports';
import { documentId, indexName } from '../src/domain/ids';
import { openLedger } from '../src/domain/ledger';
import { createAuditIndex } from '../src/elasticsearch/audit-index';
import { createElasticsearch } from '../src/elasticsearch/client';
import { createLetterAccount } from '../src/elasticsearch/dead-letter-account';
import { prepareIndices } from '../src/elasticsearch/setup';
import { createLogger } from '../src/logger';
import { startBenchServers } from './servers';

const COUNT = Number(process.env['BENCH_RECORDS'] ?? 1_000_000);
const PREFIX = 'audit-bench';
const CHUNK = 10_000;

/** What an audit of one partition costs: documents by id and place in a real Elasticsearch, and the audit's own step. */
async function bench(): Promise<void> {
  const servers = await startBenchServers();
  const client = createElasticsearch({ url: servers.elasticsearchUrl, requestTimeoutMs: 120_000 });
  try {
    await prepareIndices(client, { indexPrefix: PREFIX, shards: 1, replicas: 0, refreshIntervalMs: 1000 });
    const index = indexName(PREFIX, Date.now());
    for (let from = 0; from < COUNT; from += CHUNK) {
      const operations = Array.from({ length: Math.min(CHUNK, COUNT - from) }, (_, i) => from + i).flatMap((offset) => [
        { index: { _id: documentId({ generation: 1, partition: 0, offset }) } },
        { service: 'auth', level: 'info', message: `log ${offset}`, kafka: { partition: 0, offset } },
      ]);
      const { errors } = await client.bulk({ index, operations });
      if (errors) throw new Error('a document was not indexed');
    }
    const ledger = { ...openLedger('0'), next: String(COUNT), indexed: COUNT };
    const deps: AuditDeps = {
      accounts: { read: async () => ({ source: 'workflow', generation: 1, ledger, closed: [] }) },
      index: createAuditIndex(client, { indexPrefix: PREFIX }),
      letters: createLetterAccount(client, { indexPrefix: PREFIX }),
      source: { read: () => Promise.reject(new Error('there are no holes')) },
      topics: { ends: async () => new Map([[0, { low: 0, high: COUNT }]]), partitions: async () => [0] },
      decode: () => ({ kind: 'filtered' }),
      expired: async () => [],
      retentionDays: 2,
    };
    const { auditPartition } = createAuditActivities(deps, createLogger('bench', 'error'));
    const room = { missing: 100, doubled: 100, unverifiable: 100, foreign: 100 };
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    const started = performance.now();
    const { audit } = await environment.run<
      [],
      Awaited<ReturnType<typeof auditPartition>>,
      () => ReturnType<typeof auditPartition>
    >(() => auditPartition({ topic: 'bench', partition: 0, room }));
    const seconds = (performance.now() - started) / 1000;
    const memory = Math.round(process.memoryUsage().rss / 2 ** 20);
    process.stdout.write(
      `audit of ${audit.counts.documents} documents: ${audit.verdict}, ${seconds.toFixed(1)} s, ` +
        `${Math.round(COUNT / seconds)} documents/s, ${memory} MB\n`,
    );
  } finally {
    await client.close();
    await servers.stop();
  }
}

bench().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
