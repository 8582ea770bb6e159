import { parseArgs } from 'node:util';
import { createTestLoad } from './load';
import { startServer, stopServer } from '../../test/support/servers';
import startServers from '../../test/support/start-servers';
import stopServers from '../../test/support/stop-servers';
import { ElasticsearchProxy } from '../../test/support/elasticsearch-proxy';
import { TestPipeline } from '../../test/support/pipeline';
import { waitFor } from '../../test/support/wait-for';
import { startApi, type PauseApi } from './api';
import { pauseOnce, type PauseTimes } from './pause-once';
import { problemsOf, renderTimes } from './report';

const PARTITIONS = 4;
/** How long the pipeline runs between two pauses, at least. */
const RUN_MS = 1500;

/** What Elasticsearch does while pauses are ordered. */
const CONDITIONS = ['serving', 'stopped', 'silent'] as const;
type Condition = (typeof CONDITIONS)[number];

/**
 * Orders pauses by REST under a backlog, on servers of its own: with Elasticsearch serving, stopped, and silent, which takes
 * requests and never answers. Prints how long each took, and ends with 1 when one was slower than promised, handed on a
 * batch once it was obeyed, or began a bulk while it held.
 */
async function check(): Promise<boolean> {
  const { pauses, records, conditions } = options();
  await startServers();
  const proxy = new ElasticsearchProxy(process.env['SLUICE_TEST_ELASTICSEARCH_URL']!);
  const pipeline = new TestPipeline({ BATCH_LINGER_MS: '500', COMMIT_INTERVAL_MS: '5000' });
  pipeline.workerProgram = ['dist/src/workers/main.js'];
  const times: PauseTimes[] = [];
  let api: PauseApi | undefined;
  try {
    const load = createTestLoad(pipeline, PARTITIONS, records);
    await pipeline.createTopic(PARTITIONS);
    await load.keepUp();
    pipeline.startWorker({ ELASTICSEARCH_URL: await proxy.open() });
    api = await startApi(pipeline);
    await load.moves();
    for (const condition of conditions) {
      say(`Elasticsearch ${condition}: ${pauses} pauses`);
      if (condition !== 'serving') await load.keepUp();
      await change(proxy, condition);
      for (let count = 1; count <= pauses; count += 1) {
        if (condition === 'serving') {
          await load.keepUp();
          await load.moves();
          await rest(RUN_MS);
        } else await waitFor(() => load.waits(), 60_000);
        const taken = await pauseOnce({ pipeline, api, proxy, partitions: PARTITIONS, condition });
        times.push(taken);
        say(renderTimes([taken]).split('\n').at(-2)!);
      }
      await restore(proxy, condition);
    }
  } finally {
    await api?.close();
    await pipeline.close().catch(() => undefined);
    await proxy.close();
    await stopServers();
  }
  process.stdout.write(renderTimes(times));
  const problems = times.flatMap(problemsOf);
  for (const problem of problems) say(`WRONG: ${problem}`);
  return problems.length === 0;
}

async function change(proxy: ElasticsearchProxy, condition: Condition): Promise<void> {
  if (condition === 'stopped') await stopServer('elasticsearch');
  if (condition === 'silent') proxy.fate = (path) => (path.includes('/_bulk') ? 'swallowed' : 'passed');
}

async function restore(proxy: ElasticsearchProxy, condition: Condition): Promise<void> {
  proxy.fate = () => 'passed';
  if (condition === 'stopped') await startServer('elasticsearch');
}

function options(): { pauses: number; records: number; conditions: readonly Condition[] } {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { pauses: text, records: text, conditions: text } });
  const number = (given: string | undefined, otherwise: number, name: string) => {
    const value = Number(given ?? otherwise);
    if (!(Number.isInteger(value) && value > 0)) throw new Error(`--${name} must be a whole number above 0`);
    return value;
  };
  const conditions = values.conditions?.split(',') ?? CONDITIONS;
  if (!conditions.every((one) => CONDITIONS.includes(one as Condition))) {
    throw new Error(`--conditions takes ${CONDITIONS.join(',')}`);
  }
  return {
    pauses: number(values.pauses, 10, 'pauses'),
    records: number(values.records, 400_000, 'records'),
    conditions: conditions as Condition[],
  };
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function say(line: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}

check().then(
  (fine) => process.exit(fine ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
