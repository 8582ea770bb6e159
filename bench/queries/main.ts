import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { projectRoot } from '../../local/project';
import { freePorts } from '../../local/system/ports';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { processUse } from '../cpu';
import { startBenchServers } from '../servers';
import { recordRequests } from './bare';
import { judge, summarise, type Summary } from './judge';
import { INDEX_PREFIX, loadLogs } from './load';
import { mergeAsRetentionDoes } from './merge';
import { measure, type Measured } from './measure';
import { queryMix, shuffled, type Kind } from './mix';
import { createRequester, type Requester } from './requester';
import { endWithUs } from '../end-with-us';

const KINDS: readonly Kind[] = ['filtered search', 'stats'];
const OUT = join(projectRoot(), '.local', 'bench');
const QUERY_TIMEOUT_MS = 10_000;
const READY_MS = 60_000;
/** As the API's client sends bodies and wants answers. */
const ELASTICSEARCH_TYPE = 'application/vnd.elasticsearch+json; compatible-with=9';

/**
 * `npm run bench:queries -- [--documents 1000000] [--clients 4] [--queries 1800] [--seed 1] [--unmerged] [--uncached]`: how
 * long queries take over the API, and the same requests sent to Elasticsearch bare, in turns. Ends with 1 when they take too long.
 * The logs are of past days, whose indices the hourly retention run has merged; `--unmerged` leaves them as the load did.
 * `--uncached` switches off Elasticsearch's cache of a shard's whole answers, which Sluice leaves on.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      documents: { type: 'string', default: '1000000' },
      clients: { type: 'string', default: '4' },
      queries: { type: 'string', default: '1800' },
      seed: { type: 'string', default: '1' },
      unmerged: { type: 'boolean', default: false },
      uncached: { type: 'boolean', default: false },
    },
  });
  const [documents, clients, queries, seed] = [values.documents, values.clients, values.queries, values.seed].map(
    Number,
  ) as [...[number, number, number, number]];
  say(
    `${documents} documents, ${clients} clients, ${queries} queries of each kind, seed ${seed}; ${cpus().length} × ` +
      `${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
  );
  const servers = await startBenchServers();
  const open = () => createElasticsearch({ url: servers.elasticsearchUrl, requestTimeoutMs: 60_000 });
  const client = open();
  const ways: Requester[] = [];
  try {
    const loading = performance.now();
    await loadLogs(client, documents, (loaded) => say(`${loaded} loaded`));
    say(`loaded in ${seconds(loading)}`);
    if (!values.unmerged) await mergeAsRetentionDoes(client, INDEX_PREFIX);
    if (values.uncached) {
      await client.indices.putSettings({ index: `${INDEX_PREFIX}-*`, settings: { 'requests.cache.enable': false } });
    }
    const segments = await client.indices.stats({ index: `${INDEX_PREFIX}-*`, metric: 'segments' });
    say(
      `${segments._all.primaries?.segments?.count} segments in ${Object.keys(segments.indices ?? {}).length} indices`,
    );
    const bare = createRequester(servers.elasticsearchUrl, ELASTICSEARCH_TYPE);
    ways.push(bare);
    const { requester: api, pid } = await startApi(servers);
    ways.push(api);
    const summaries: Summary[] = [];
    for (const kind of KINDS) summaries.push(...(await run(kind)));
    report(summaries);

    async function run(kind: Kind): Promise<Summary[]> {
      // As many: an API that has just started runs code that is not compiled yet, at twice the CPU.
      const warming = queryMix(kind, queries, seed + 1000);
      const asked = queryMix(kind, queries, seed);
      say(`${kind}: taking down what the API sends`);
      const recording = { open, queryTimeoutMs: QUERY_TIMEOUT_MS, listen: listenHere };
      const recorded = await recordRequests([...warming, ...asked], recording);
      await client.indices.clearCache({ index: `${INDEX_PREFIX}-*` });
      const go = (some: typeof asked) =>
        measure({ api, bare }, recorded, { api: shuffled(some, seed), bare: shuffled(some, seed + 1) }, clients);
      say(`${kind}: warming up`);
      await go(warming);
      say(`${kind}: measuring`);
      const load = watchLoad(pid);
      const measured = await go(asked);
      say(`${kind}: ${load(measured.length)}`);
      return summariesOf(kind, measured);
    }
  } finally {
    for (const way of ways) await way.close();
    await client.close();
    await servers.stop();
  }
}

function summariesOf(kind: Kind, measured: Measured[]): Summary[] {
  const names = [...new Set(measured.map(({ query }) => query.name))];
  return [
    summarise(kind, undefined, measured),
    ...names.map((name) =>
      summarise(
        kind,
        name,
        measured.filter(({ query }) => query.name === name),
      ),
    ),
  ];
}

/** How busy the clients' own process was, which must not be what is waited for, and what the API spent on a query. */
function watchLoad(pid: number): (queries: number) => string {
  const began = performance.now();
  const idle = performance.eventLoopUtilization();
  const cpu = () => processUse(pid)?.cpuSeconds ?? NaN;
  const spent = cpu();
  return (queries) => {
    const busy = (performance.eventLoopUtilization(idle).utilization * 100).toFixed(0);
    const each = (((cpu() - spent) * 1000) / queries).toFixed(2);
    return `${seconds(began)}, the clients busy ${busy} % of it, the API's CPU ${each} ms a query`;
  };
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(0)} s`;
}

/** The API as it is built, in a process of its own. */
async function startApi(servers: {
  elasticsearchUrl: string;
  brokers: string;
  temporalAddress: string;
}): Promise<{ requester: Requester; pid: number }> {
  const [port] = await freePorts(1);
  const api = endWithUs(
    spawn(process.execPath, [join(projectRoot(), 'dist', 'src', 'api', 'main.js')], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        ...{ ELASTICSEARCH_URL: servers.elasticsearchUrl, KAFKA_BROKERS: servers.brokers, INDEX_PREFIX },
        ...{ TEMPORAL_ADDRESS: servers.temporalAddress, API_PORT: String(port) },
        API_QUERY_TIMEOUT_MS: String(QUERY_TIMEOUT_MS),
        ...{ API_RATE_LIMIT: '0', API_HEAVY_AT_ONCE: '0' },
      },
    }),
  );
  const url = `http://127.0.0.1:${port}`;
  for (const until = Date.now() + READY_MS; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
    if (api.exitCode !== null || Date.now() > until) throw new Error('the API does not start');
    if (
      await fetch(`${url}/health/live`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break;
  }
  const requester = createRequester(url, 'application/json', async () => {
    api.kill();
    if (api.exitCode === null) await once(api, 'exit');
  });
  return { requester, pid: api.pid! };
}

async function listenHere(app: { listen(port: number, host: string): Server }): Promise<Requester> {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return createRequester(`http://127.0.0.1:${port}`, 'application/json', async () => void server.close());
}

function report(summaries: Summary[]): void {
  const head = ['', 'queries', 'API p50', 'p95', 'p99', 'bare p50', 'p95', 'p99', 'added p50', 'added p95'];
  const table = new Table({ head, style: { head: [], border: [], compact: true } });
  for (const { kind, name, count, api, bare, added } of summaries) {
    const figures = [api.p50, api.p95, api.p99, bare.p50, bare.p95, bare.p99, added.p50, added.p95];
    table.push([name === undefined ? kind : `  ${name}`, count, ...figures.map((ms) => ms.toFixed(1))]);
  }
  say(table.toString());
  const wrong = judge(summaries);
  mkdirSync(OUT, { recursive: true });
  writeFileSync(join(OUT, 'queries.json'), JSON.stringify({ summaries, wrong }, null, 2));
  for (const line of wrong) say(`WRONG: ${line}`);
  say(`bench:queries: ${wrong.length === 0 ? 'within its limits' : `${wrong.length} limits broken`}`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`bench:queries: ${(error as Error).stack}\n`);
  process.exit(1);
});
