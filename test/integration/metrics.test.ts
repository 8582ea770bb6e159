import type { ChildProcess } from 'node:child_process';
import { generatedMessages } from '../support/log-records';
import { TestPipeline } from '../support/pipeline';
import { samples } from '../support/samples';
import { waitFor } from '../support/wait-for';

const RECORDS = 400;

/** Where a worker serves its metrics, from the line in which it says so. */
function metricsAddress(worker: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    worker.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const port = /"port":(\d+),"msg":"metrics served"/.exec(text)?.[1];
      if (port) resolve(`http://127.0.0.1:${port}/metrics`);
    });
    worker.once('exit', () => reject(new Error('the worker ended')));
  });
}

async function scrape(address: string): Promise<Record<string, number>> {
  return samples(await (await fetch(address)).text());
}

describe('the metrics of a worker on the real servers', () => {
  const pipeline = new TestPipeline({ WORKER_METRICS_PORT: '0' });
  let address: string;

  beforeAll(async () => {
    const worker = pipeline.startWorker();
    address = await metricsAddress(worker);
    await waitFor(async () => pipeline.supervisorState().catch(() => undefined), 60_000);
    await pipeline.produce(generatedMessages(RECORDS));
    await pipeline.settled(RECORDS);
  }, 120_000);
  afterAll(() => pipeline.close(), 60_000);

  test('count each record once by its fate, and time every stage of its batch', async () => {
    const found = await scrape(address);
    expect(found[`sluice_records_total{topic="${pipeline.topic}",fate="indexed"}`]).toBe(RECORDS);
    expect(found[`sluice_bytes_total{topic="${pipeline.topic}",fate="indexed"}`]).toBeGreaterThan(RECORDS * 50);
    const count = (stage: string) => found[`sluice_stage_duration_seconds_count{stage="${stage}",outcome="ok"}`];
    for (const stage of ['pull', 'score', 'index', 'bulk', 'batch']) expect(count(stage)).toBeGreaterThan(0);
    expect(found['sluice_freshness_seconds_count']).toBe(count('batch'));
    expect(found['sluice_batch_records_sum']).toBeGreaterThanOrEqual(RECORDS);
    expect(found['sluice_cache_batches']).toBe(0);
  });

  test('hold those of Temporal and of the process', async () => {
    const names = new Set(Object.keys(await scrape(address)).map((sample) => sample.split('{')[0]));
    for (const name of [
      'temporal_activity_execution_latency_seconds_bucket',
      'temporal_worker_task_slots_used',
      'nodejs_eventloop_lag_p99_seconds',
      'process_cpu_seconds_total',
    ]) {
      expect(names).toContain(name);
    }
  });
});
