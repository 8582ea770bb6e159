import type { RetentionDesk, RetentionRun } from '../../src/api/retention/ports';
import { retentionRunSchema, retentionSchema, retentionStartedSchema } from '../../src/api/schemas/retention';
import { client, fakeRetention } from './fakes';

const at = '2026-11-24T12:00:00.000Z';
const away = () => Promise.reject(new Error('away'));

function fakeRuns(run?: RetentionRun) {
  const started: { topic: string; id: string; dryRun: boolean }[] = [];
  const runs: RetentionDesk['runs'] = {
    ...fakeRetention().runs,
    start: async (topic, id, dryRun) => void started.push({ topic, id, dryRun }),
    read: async () => run,
  };
  return { runs, started };
}

describe('GET /retention', () => {
  const now = () => Date.parse('2026-11-24T15:00:00Z');

  it('shows the schedule, what is kept with its last day, what went and what is not as it should be', async () => {
    const part = { generation: 1, partition: 3, documents: 7, settled: 0, from: '10', to: '20' };
    const record = { topic: 'logs', kind: 'logs' as const, index: 'logs-2026.11.20', uuid: 'u', day: '2026.11.20' };
    const drift = [{ where: 'logs-2026.11.24', path: 'mappings.dynamic', shipped: 'false', found: 'true' }];
    const retention = fakeRetention({
      expired: { list: async () => [{ ...record, documents: 7, expiredAt: at, parts: [part] }] },
      drift: async () => drift,
      disks: async () => [
        {
          node: 'one',
          totalBytes: 100 * 2 ** 30,
          availableBytes: 9 * 2 ** 30,
          level: 'high',
          floodBelowBytes: 5 * 2 ** 30,
        },
      ],
      runs: {
        ...fakeRetention().runs,
        schedule: async () => ({ paused: true, note: 'wait', runs: [{ workflowId: 'retention/logs/hourly-1', at }] }),
      },
    });
    const { body } = await client({ retention, now }).get('/retention').expect(200);
    expect(retentionSchema.parse(body)).toMatchObject({
      missing: [],
      schedule: { id: 'retention/logs', paused: true, note: 'wait', next_run_at: null },
      logs: { oldest_kept: '2026.11.22', indices: [{ day: '2026.11.24', expires_at: '2026-11-27T00:00:00.000Z' }] },
      dead_letters: { oldest_kept: '2026.10.25', indices: [] },
      expired: {
        partitions: [{ generation: 1, partition: 3, documents: 7, letters: 0, from: '10', to: '20' }],
        latest: [{ index: 'logs-2026.11.20', documents: 7 }],
      },
      drift,
      disks: [{ watermark: 'high' }],
    });
    expect(body.schedule.url).toBe('http://ui.example:8233/namespaces/default/schedules/retention%2Flogs');
    expect(body.warnings).toEqual([
      'disk of Elasticsearch node one: 91 % used, 9.0 GiB free, past the high watermark; writes stop when less than ' +
        '5.0 GiB is free: free disk, or lower INDEX_RETENTION_DAYS',
    ]);
  });

  it('shows what answers, and names what does not', async () => {
    const runs = { ...fakeRetention().runs, schedule: away };
    const retention = fakeRetention({ runs, logs: { list: away }, drift: away });
    const { body } = await client({ retention, now }).get('/retention').expect(200);
    expect(retentionSchema.parse(body)).toMatchObject({ schedule: null, logs: null, drift: null, disks: [] });
    expect(body.missing.sort()).toEqual(['elasticsearch', 'temporal']);
  });
});

describe('POST /retention/runs', () => {
  it('starts one, dry or not, under an id of its own or the one of the request', async () => {
    const { runs, started } = fakeRuns();
    const app = client({ retention: fakeRetention({ runs }) });
    const { body } = await app.post('/retention/runs').send({ dry_run: true }).expect(202);
    expect(retentionStartedSchema.parse(body)).toMatchObject({ dry_run: true, url: `/retention/runs/${body.id}` });
    expect(body.workflow_id).toBe(`retention/logs/${body.id}`);
    await app.post('/retention/runs').send({ request_id: 'r-1', actor: 'me', reason: 'disk' }).expect(202);
    expect(started).toEqual([
      { topic: 'logs', id: body.id, dryRun: true },
      { topic: 'logs', id: 'r-1', dryRun: false },
    ]);
  });

  it.each([{ dry_run: 'yes' }, { request_id: 'Not This' }, { request_id: 'x'.repeat(65) }, { topic: 'x' }])(
    'refuses %j',
    async (order) => {
      const { runs, started } = fakeRuns();
      const { body } = await client({ retention: fakeRetention({ runs }) })
        .post('/retention/runs')
        .send(order)
        .expect(400);
      expect(body.code).toBe('invalid_body');
      expect(started).toEqual([]);
    },
  );

  it('is 503 while Temporal does not answer', async () => {
    const runs = { ...fakeRetention().runs, start: away };
    await client({ retention: fakeRetention({ runs }) })
      .post('/retention/runs')
      .send({})
      .expect(503);
  });
});

describe('GET /retention/runs/{id}', () => {
  const get = (run?: RetentionRun, id = 'r-1') =>
    client({ retention: fakeRetention({ runs: fakeRuns(run).runs }) }).get(`/retention/runs/${id}`);

  it('shows the result once it is done', async () => {
    const { body: running } = await get({ status: 'running', startedAt: at }).expect(200);
    expect(retentionRunSchema.parse(running)).toMatchObject({ status: 'running', ended_at: null, result: null });
    const kind = {
      oldestKept: '2026.11.22',
      kept: 3,
      expired: [{ index: 'logs-2026.11.20', documents: 7 }],
      omitted: 0,
    };
    const report = { dryRun: true, at, logs: kind, deadLetters: kind };
    const { body } = await get({ status: 'done', startedAt: at, endedAt: at, report }).expect(200);
    expect(retentionRunSchema.parse(body).result).toMatchObject({
      dry_run: true,
      logs: { kept_indices: 3, expired: [{ index: 'logs-2026.11.20', documents: 7 }] },
    });
  });

  it.each([
    ['unknown', 'retention_run_not_found'],
    ['UPPER', 'not_found'],
  ])('is 404 for %s', async (id, code) => {
    const { body } = await get(undefined, id).expect(404);
    expect(body.code).toBe(code);
  });
});
