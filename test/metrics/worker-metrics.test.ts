import { createWorkerMetrics } from '../../src/metrics/worker-metrics';
import { FATES } from '../../src/domain/ledger';
import { batchRef } from '../support/records';
import { samples } from '../support/samples';

const figures = { bytes: 10, batches: 2, found: { prepared: 3, records: 4, nothing: 1 } };

function metrics(readTemporal = async () => 'temporal_request_total 7') {
  const about = { topics: ['logs', 'other'], queue: 'sluice@one', version: '1.2.3' };
  const redacted = new Map([
    ['logs', new Map([['jwt', 2]])],
    ['other', new Map([['card', 0]])],
  ]);
  const configuration = { taken: 2, refused: 1, problem: 'it is bad', hashes: new Map([['logs', 'abc']]) };
  const made = createWorkerMetrics(about, { figures, limitBytes: 100 }, redacted, configuration, readTemporal);
  return { ...made, observer: made.observerOf('logs') };
}

describe('the metrics of a worker', () => {
  it('have every fate from the start, so that a first dead letter is a rise', async () => {
    const found = samples(await metrics().collect());
    for (const name of ['sluice_records_total', 'sluice_bytes_total']) {
      for (const fate of FATES) {
        const label = fate.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
        expect(found[`${name}{topic="logs",fate="${label}"}`]).toBe(0);
        expect(found[`${name}{topic="other",fate="${label}"}`]).toBe(0);
      }
    }
  });

  it('add up what they are told', async () => {
    const { observer, collect } = metrics();
    const ref = batchRef(0, 500);
    const end = { ref, epoch: 1, startedAt: 1000, endedAt: 1200 };
    observer.settled({ indexed: { records: 498, bytes: 9000 }, deadLettered: { records: 2, bytes: 10 } });
    observer.settled({ indexed: { records: 2, bytes: 1000 } });
    observer.stage({ stage: 'pull', ...end });
    observer.stage({ stage: 'bulk', ...end, code: 'elasticsearch_throttled' });
    observer.stage({ stage: 'score', ...end, endedAt: 900 });
    observer.fresh(1700);
    observer.failed('indexBatch', 'elasticsearch_throttled');
    expect(samples(await collect())).toMatchObject({
      'sluice_records_total{topic="logs",fate="indexed"}': 500,
      'sluice_bytes_total{topic="logs",fate="indexed"}': 10_000,
      'sluice_records_total{topic="logs",fate="dead_lettered"}': 2,
      'sluice_stage_duration_seconds_bucket{le="0.25",stage="pull",outcome="ok"}': 1,
      'sluice_stage_duration_seconds_bucket{le="0.1",stage="pull",outcome="ok"}': 0,
      'sluice_stage_duration_seconds_count{stage="bulk",outcome="failed"}': 1,
      'sluice_stage_duration_seconds_sum{stage="score",outcome="ok"}': 0,
      'sluice_batch_records_bucket{le="500"}': 1,
      'sluice_batch_records_bucket{le="250"}': 0,
      sluice_batch_bytes_sum: ref.bytes,
      'sluice_freshness_seconds_bucket{le="2",topic="logs"}': 1,
      'sluice_freshness_seconds_bucket{le="1.5",topic="logs"}': 0,
      'sluice_step_failures_total{topic="logs",step="indexBatch",code="elasticsearch_throttled"}': 1,
      'sluice_redactions_total{topic="logs",rule="jwt"}': 2,
      'sluice_redactions_total{topic="other",rule="card"}': 0,
      sluice_configuration_refused: 1,
      'sluice_configuration_changes_total{outcome="taken"}': 2,
      'sluice_configuration_changes_total{outcome="refused"}': 1,
      'sluice_configuration_info{topic="logs",hash="abc"}': 1,
      sluice_cache_bytes: 10,
      sluice_cache_batches: 2,
      sluice_cache_limit_bytes: 100,
      'sluice_cache_requests_total{found="nothing"}': 1,
      'sluice_cache_requests_total{found="prepared"}': 3,
      'sluice_worker_info{topic="logs",queue="sluice@one"}': 1,
      'sluice_worker_info{topic="other",queue="sluice@one"}': 1,
      'sluice_build_info{process="worker",version="1.2.3"}': 1,
      temporal_request_total: 7,
      process_cpu_seconds_total: expect.any(Number),
      nodejs_eventloop_lag_p99_seconds: expect.any(Number),
    });
  });

  it('name each metric once, each with its type and a help', async () => {
    const text = await metrics().collect();
    const types = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
    const helps = [...text.matchAll(/^# HELP (\S+) \S/gm)].map(([, name]) => name);
    expect(types).toEqual([...new Set(types)]);
    expect(helps).toEqual(types);
  });

  it('do without those of temporal when there are none', async () => {
    const found = samples(await metrics(async () => '').collect());
    expect(Object.keys(found).filter((name) => name.startsWith('temporal_'))).toEqual([]);
    expect(found['sluice_cache_bytes']).toBe(10);
  });
});
