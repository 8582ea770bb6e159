import { keepFor } from '../../src/api/pipeline/keep-for';
import { openLedger } from '../../src/domain/ledger';
import { samples } from '../support/samples';
import { createApiMetrics } from '../../src/api/metrics/api-metrics';
import { createStoreMetrics } from '../../src/api/metrics/store-metrics';
import { brokenOffsets, client, fakeOffsets, fakeRetention, fakeWorkflows, partitionState, YEAR_2000 } from './fakes';

const unreachable = { execution: 'unreachable' } as const;

describe('GET /metrics', () => {
  it('has the ledger by partition, in the text format of Prometheus', async () => {
    const ledger = { ...openLedger('0'), next: '90', indexed: 80, deadLettered: 10 };
    const workflows = fakeWorkflows({
      0: { execution: 'open', state: partitionState(0, 90, { ledger }) },
      1: { execution: 'open', state: partitionState(1, 5) },
    });
    const letters = { countSettled: async () => [{ generation: 1, partition: 0, count: 4, added: 4 }] };
    const { text } = await client({ workflows, letters, offsets: fakeOffsets([100]) })
      .get('/metrics')
      .expect(200)
      .expect('Content-Type', /^text\/plain; version=0\.0\.4/);
    expect(samples(text)).toMatchObject({
      'sluice_ledger_imbalance{topic="logs",partition="0"}': 0,
      'sluice_ledger_offsets{topic="logs",partition="0",fate="indexed"}': 80,
      'sluice_ledger_offsets{topic="logs",partition="0",fate="dead_lettered"}': 10,
      'sluice_ledger_offsets{topic="logs",partition="0",fate="lost_upstream"}': 0,
      'sluice_ledger_redriven{topic="logs",partition="0"}': 4,
      'sluice_next_offset{topic="logs",partition="0"}': 90,
      'sluice_lag_offsets{topic="logs",partition="0"}': 10,
      'sluice_topic_generation{topic="logs",partition="0"}': 1,
      'sluice_source_up{server="temporal"}': 1,
      'sluice_source_up{server="kafka"}': 1,
      'sluice_source_up{server="elasticsearch"}': 1,
    });
  });

  it('says how long the oldest record waits, by the clock of Kafka', async () => {
    const workflows = fakeWorkflows({
      0: { execution: 'open', state: partitionState(0, 90) },
      1: { execution: 'open', state: partitionState(1, 100) },
    });
    const now = () => YEAR_2000 + 100_000;
    const { text } = await client({ workflows, offsets: fakeOffsets([100, 100]), now }).get('/metrics');
    const found = samples(text);
    expect(found['sluice_lag_seconds{topic="logs",partition="0"}']).toBeCloseTo(10, 0);
    expect(found['sluice_lag_seconds{topic="logs",partition="1"}']).toBe(0);
  });

  it('says which state each partition is in', async () => {
    const failure = { code: 'offset_out_of_range', message: 'gone', at: '2026-11-24T12:00:00Z' };
    const halted = { ...partitionState(1, 5, { status: 'halted' }), failure } as never;
    const workflows = fakeWorkflows({
      0: { execution: 'open', state: partitionState(0, 90) },
      1: { execution: 'open', state: halted },
    });
    const { text } = await client({ workflows }).get('/metrics');
    const set = Object.entries(samples(text)).filter(([name]) => name.startsWith('sluice_partition_state'));
    expect(set.filter(([, value]) => value === 1).map(([name]) => name)).toEqual([
      'sluice_partition_state{topic="logs",partition="0",state="running"}',
      'sluice_partition_state{topic="logs",partition="1",state="halted"}',
    ]);
    expect(set.length).toBeGreaterThan(10);
  });

  it('times requests by route, and a path that is none under one name', async () => {
    const app = client({ metrics: createApiMetrics('1.2.3') });
    await app.get('/health/live');
    await app.get('/nothing/here');
    await app.get('/logs?size=nonsense');
    const found = samples((await app.get('/metrics')).text);
    const count = (labels: string) => found[`sluice_http_request_duration_seconds_count{${labels}}`];
    expect(count('method="GET",route="/health/live",status="200"')).toBe(1);
    expect(count('method="other",route="none",status="404"')).toBe(1);
    expect(count('method="GET",route="/logs",status="400"')).toBe(1);
    expect(found['sluice_build_info{process="api",version="1.2.3"}']).toBe(1);
    expect(found['process_cpu_seconds_total']).toBeGreaterThanOrEqual(0);
  });

  it('has the disks by node and how much of the templates drifted, looked at once for many scrapes', async () => {
    const disk = { totalBytes: 100, availableBytes: 9, floodBelowBytes: 5 };
    let looks = 0;
    const disks = async () => {
      looks += 1;
      return [
        { ...disk, node: 'a', level: 'high' as const },
        { ...disk, node: 'b', level: 'ok' as const },
      ];
    };
    const drift = async () => [{ where: 'new indices', path: 'logs.x', shipped: '1', found: null }];
    const render = createStoreMetrics({ disks, drift });
    await render();
    expect(samples(await render())).toEqual({
      ...Object.fromEntries(
        (['a', 'b'] as const).flatMap((node) => [
          [`sluice_disk_total_bytes{node="${node}"}`, 100],
          [`sluice_disk_available_bytes{node="${node}"}`, 9],
          [`sluice_disk_flood_below_bytes{node="${node}"}`, 5],
          [`sluice_disk_watermark{node="${node}"}`, node === 'a' ? 2 : 0],
        ]),
      ),
      sluice_template_drift: 1,
    });
    expect(looks).toBe(1);
    const { text } = await client({ retention: fakeRetention({ disks }) }).get('/metrics');
    expect(samples(text)).toMatchObject({ 'sluice_disk_watermark{node="a"}': 2, sluice_template_drift: 0 });
  });

  it('has no sample of disks and templates that cannot be looked at', async () => {
    const away = () => Promise.reject(new Error('down'));
    expect(samples(await createStoreMetrics({ disks: away, drift: away })())).toEqual({});
  });

  it('says what a ledger is off by', async () => {
    const ledger = { ...openLedger('0'), next: '90', indexed: 80 };
    const workflows = fakeWorkflows({ 0: { execution: 'open', state: partitionState(0, 90, { ledger }) } });
    const { text } = await client({ workflows, offsets: fakeOffsets([100]) }).get('/metrics');
    expect(samples(text)['sluice_ledger_imbalance{topic="logs",partition="0"}']).toBe(10);
  });

  it('leaves out what a silent server alone knows', async () => {
    const letters = { countSettled: () => Promise.reject(new Error('down')) };
    const { text } = await client({ offsets: brokenOffsets, letters }).get('/metrics').expect(200);
    const found = samples(text);
    expect(found).toMatchObject({
      'sluice_source_up{server="temporal"}': 1,
      'sluice_source_up{server="kafka"}': 0,
      'sluice_source_up{server="elasticsearch"}': 0,
      'sluice_next_offset{topic="logs",partition="0"}': 90,
    });
    expect(Object.keys(found).filter((name) => /lag|redriven/.test(name))).toEqual([]);
  });

  it('does not fail when nothing answers', async () => {
    const workflows = fakeWorkflows({ 0: unreachable, 1: unreachable }, unreachable);
    const away = () => Promise.reject(new Error('down'));
    const retention = fakeRetention({ disks: away, drift: away });
    const { text } = await client({ workflows, offsets: brokenOffsets, retention }).get('/metrics').expect(200);
    expect(samples(text)).toEqual({
      'sluice_source_up{server="temporal"}': 0,
      'sluice_source_up{server="kafka"}': 0,
      'sluice_source_up{server="elasticsearch"}': 0,
    });
  });

  it('asks the servers once for many scrapes', async () => {
    let asked = 0;
    const offsets = { ...fakeOffsets([100]), ends: async () => (asked++, new Map([[0, { low: 0, high: 100 }]])) };
    const app = client({ offsets });
    for (let scrape = 0; scrape < 5; scrape += 1) await app.get('/metrics').expect(200);
    expect(asked).toBe(1);
  });
});

describe('keepFor', () => {
  it('asks again when the time is up, and after a failure at once', async () => {
    let time = 0;
    let calls = 0;
    let fails = false;
    const call = keepFor(
      100,
      async () => {
        calls += 1;
        if (fails) throw new Error('no');
        return calls;
      },
      () => time,
    );
    expect([await call(), await call()]).toEqual([1, 1]);
    time = 100;
    fails = true;
    await expect(call()).rejects.toThrow('no');
    fails = false;
    expect(await call()).toBe(3);
  });
});
