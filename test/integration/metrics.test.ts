import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../local/project';
import { runCommand } from '../../local/system/run-command';
import type { PrometheusPrograms } from '../../local/fetch/fetch-prometheus';
import { generatedMessages } from '../support/log-records';
import { metricsIn, OBSERVABILITY, panelQueries, readAlerts } from '../support/observability';
import { TestPipeline } from '../support/pipeline';
import { PrivatePrometheus } from '../support/private-prometheus';
import { samples } from '../support/samples';
import { TraceCollector } from '../support/trace-collector';
import { waitFor } from '../support/wait-for';

const RECORDS = 400;
const text = process.env['SLUICE_TEST_PROMETHEUS'];
const programs = text ? (JSON.parse(text) as PrometheusPrograms) : undefined;
/** Where Prometheus cannot be had, the set-up of the tests has said so. */
const testWithPrometheus = programs ? test : test.skip;

/** What a process says on its standard output, as soon as it fits. */
function said(child: ChildProcess, what: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const found = what.exec(output)?.[1];
      if (found) resolve(found);
    });
    child.once('exit', () => reject(new Error(`the process ended: ${output.slice(-500)}`)));
  });
}

async function scrape(target: string): Promise<string> {
  return (await fetch(`http://${target}/metrics`)).text();
}

/** Every name that a sample of this scrape may have: a histogram's parts are there before it has any. */
function namesIn(scraped: string): string[] {
  return [...scraped.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name, type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name!],
  );
}

/** The span in which a producer made its `at`th record. */
const producerSpan = (at: number) => (at + 1).toString(16).padStart(16, '0');
const PRODUCER_TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('metrics and traces on the real servers', () => {
  const pipeline = new TestPipeline({ WORKER_METRICS_PORT: '0', API_PORT: '0' });
  const targets = { 'sluice-worker': '', 'sluice-api': '' };
  const collector = new TraceCollector();
  let api: ChildProcess;

  beforeAll(async () => {
    const tracing = await collector.start();
    api = spawn(process.execPath, ['--require', 'tsx/cjs', join('src', 'api', 'main.ts')], {
      cwd: projectRoot(),
      env: pipeline.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [workerPort, apiPort] = await Promise.all([
      said(pipeline.startWorker(tracing), /"port":(\d+),"msg":"metrics served"/),
      said(api, /"port":(\d+)\}.*"msg":"api listening"/),
    ]);
    Object.assign(targets, { 'sluice-worker': `127.0.0.1:${workerPort}`, 'sluice-api': `127.0.0.1:${apiPort}` });
    await waitFor(() => pipeline.supervisorState(), 60_000);
    const traced = [...generatedMessages(RECORDS - 1), { value: 'not json' }].map((message, at) => ({
      ...message,
      headers: { traceparent: `00-${PRODUCER_TRACE}-${producerSpan(at)}-01` },
    }));
    await pipeline.produce(traced);
    await pipeline.settled(RECORDS);
  }, 120_000);
  afterAll(async () => {
    api.kill('SIGKILL');
    collector.close();
    await pipeline.close();
  }, 60_000);

  test('a worker counts each record once by its fate, and times every stage of its batch', async () => {
    const found = samples(await scrape(targets['sluice-worker']));
    const labels = (fate: string) => `{topic="${pipeline.topic}",fate="${fate}"}`;
    expect(found[`sluice_records_total${labels('indexed')}`]).toBe(RECORDS - 1);
    expect(found[`sluice_records_total${labels('dead_lettered')}`]).toBe(1);
    expect(found[`sluice_bytes_total${labels('dead_lettered')}`]).toBe('not json'.length);
    expect(found[`sluice_bytes_total${labels('indexed')}`]).toBeGreaterThan(RECORDS * 50);
    const count = (stage: string) => found[`sluice_stage_duration_seconds_count{stage="${stage}",outcome="ok"}`];
    for (const stage of ['pull', 'score', 'index', 'bulk', 'batch']) expect(count(stage)).toBeGreaterThan(0);
    expect(found[`sluice_freshness_seconds_count{topic="${pipeline.topic}"}`]).toBe(count('batch'));
    expect(found['sluice_batch_records_sum']).toBeGreaterThanOrEqual(RECORDS);
    expect(found['sluice_cache_batches']).toBe(0);
  });

  test('the API has the lag and the state of every partition, and a ledger without imbalance', async () => {
    // On a busy machine the first answers may come too late for a scrape, which then says so.
    const found = await waitFor(async () => {
      const one = samples(await scrape(targets['sluice-api']));
      return Object.keys(one).filter((name) => name.startsWith('sluice_lag_seconds')).length === 4 && one;
    });
    for (const partition of [0, 1, 2, 3]) {
      const labels = `topic="${pipeline.topic}",partition="${partition}"`;
      expect(found[`sluice_ledger_imbalance{${labels}}`]).toBe(0);
      expect(found[`sluice_lag_offsets{${labels}}`]).toBe(0);
      expect(found[`sluice_lag_seconds{${labels}}`]).toBe(0);
      expect(found[`sluice_partition_state{${labels},state="running"}`]).toBe(1);
    }
  }, 60_000);

  test('a trace goes from the records’ own spans over the steps to each bulk request, without a word of the logs', async () => {
    const of = (name: string) => collector.spans.filter((span) => span.name.startsWith(`${name} `));
    const sum = (name: string, attribute: string) =>
      of(name).reduce((total, { attributes }) => total + Number(attributes[attribute]), 0);
    await waitFor(async () => sum('index', 'messaging.batch.message_count') >= RECORDS);
    expect(sum('poll', 'messaging.batch.message_count')).toBe(RECORDS);
    expect(sum('bulk', 'db.operation.batch.size')).toBe(RECORDS - 1);
    const above = new Map(collector.spans.map((span) => [span.spanId, span]));
    for (const bulk of of('bulk')) {
      const index = above.get(bulk.parentSpanId!)!;
      const poll = above.get(index.parentSpanId!)!;
      expect([index.name, poll.name]).toEqual([`index ${pipeline.topic}`, `poll ${pipeline.topic}`]);
      expect(new Set([bulk, index, poll].map(({ traceId }) => traceId)).size).toBe(1);
      expect(poll.parentSpanId ?? '').toBe('');
      const linked = poll.links.map(({ traceId, spanId }) => `${traceId}-${spanId}`);
      expect(new Set(linked).size).toBe(Math.min(128, Number(poll.attributes['messaging.batch.message_count'])));
    }
    const scored = of('score').map(({ parentSpanId }) => parentSpanId);
    expect(scored.sort()).toEqual(
      of('poll')
        .map(({ spanId }) => spanId)
        .sort(),
    );
    const producers = new Set(of('poll').flatMap(({ links }) => links.map(({ spanId }) => spanId)));
    const made = new Set(Array.from({ length: RECORDS }, (_, at) => producerSpan(at)));
    expect([...producers].filter((spanId) => !made.has(spanId))).toEqual([]);
    expect(collector.spans[0]!.resource).toMatchObject({ 'service.name': 'sluice-worker' });
    const { message } = JSON.parse(String(generatedMessages(1)[0]!.value)) as { message: string };
    expect(collector.text).not.toContain(message);
  }, 60_000);

  test('each metric that the dashboard or an alert names is in the scrape of the two', async () => {
    const known = new Set(['up', ...(await Promise.all(Object.values(targets).map(scrape))).flatMap(namesIn)]);
    const queries = [
      ...panelQueries(pipeline.topic),
      ...readAlerts().map(({ alert, expr }) => ({ panel: alert, expr })),
    ];
    const unknown = queries.flatMap(({ panel, expr }) =>
      metricsIn(expr)
        .filter((name) => !known.has(name))
        .map((name) => `${panel}: ${name}`),
    );
    expect(unknown).toEqual([]);
  }, 60_000);

  testWithPrometheus(
    'promtool takes configuration and rules, and their own tests pass',
    async () => {
      const cwd = join(OBSERVABILITY, 'prometheus');
      await runCommand(programs!.promtool, ['check', 'config', 'prometheus.yml'], { cwd });
      expect(await runCommand(programs!.promtool, ['test', 'rules', 'alerts.test.yml'], { cwd })).toContain('SUCCESS');
    },
    60_000,
  );

  testWithPrometheus(
    'a real Prometheus evaluates every rule, and every panel shows something',
    async () => {
      const prometheus = new PrivatePrometheus();
      try {
        await prometheus.start(programs!, targets);
        await waitFor(async () => (await prometheus.query('count(up == 1) == 2')).length === 1);
        // What happens between two scrapes is a rate.
        await pipeline.produce([...generatedMessages(RECORDS - 1, 2), { value: 'not json' }]);
        await pipeline.settled(RECORDS * 2);
        const moved = `sum(rate(sluice_records_total[1m])) > 0 and sum(rate(sluice_ledger_imbalance[1m])) == 0`;
        await waitFor(async () => (await prometheus.query(moved)).length === 1);
        const empty: string[] = [];
        for (const { panel, expr } of panelQueries(pipeline.topic)) {
          if ((await prometheus.query(expr)).length === 0) empty.push(panel);
        }
        // Nothing has failed.
        expect(empty.filter((panel) => panel !== 'Failed attempts a second, by code')).toEqual([]);
        const rules = await waitFor(async () => {
          const all = await prometheus.rules();
          return all.every(({ health }) => health === 'ok') && all;
        });
        expect(rules).toHaveLength(readAlerts().length);
        expect(rules.filter(({ state }) => state === 'firing')).toEqual([]);
      } finally {
        await prometheus.close();
      }
    },
    90_000,
  );
});
