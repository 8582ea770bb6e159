import type { AuditReading, Audits } from '../../src/api/ports';
import { auditSchema, auditStartedSchema } from '../../src/api/schemas/audit';
import type { AuditScope } from '../../src/domain/audit';
import { emptyReport } from '../../src/domain/audit-report';
import { client } from './fakes';

const running: AuditReading = { status: 'running', startedAt: '2026-11-24T12:00:00.000Z' };
const state = { total: 4, judged: 1, current: 1, report: emptyReport() };

function fakeAudits(reading?: AuditReading): Audits & { started: { topic: string; id: string; scope: AuditScope }[] } {
  const started: { topic: string; id: string; scope: AuditScope }[] = [];
  return {
    started,
    start: async (topic, id, scope) => void started.push({ topic, id, scope }),
    read: async () => reading,
  };
}

describe('POST /pipeline/audit', () => {
  it('starts one of the whole topic, or of what is asked, and says where to look', async () => {
    const audits = fakeAudits();
    const app = client({ audits });
    const { body } = await app.post('/pipeline/audit').send({}).expect(202);
    expect(auditStartedSchema.parse(body).url).toBe(`/pipeline/audits/${body.id}`);
    expect(body.workflow_id).toBe(`audit/logs/${body.id}`);
    await app
      .post('/pipeline/audit')
      .send({ partitions: [2], from: '10', to: '20' })
      .expect(202);
    expect(audits.started.map(({ scope }) => scope)).toEqual([{}, { partitions: [2], from: '10', to: '20' }]);
    expect(audits.started[0]!.id).not.toBe(audits.started[1]!.id);
  });

  it.each([
    { partitions: [] },
    { partitions: [1, 1] },
    { partitions: [-1] },
    { partitions: ['0'] },
    { partitions: 0 },
    { from: 10 },
    { from: '-1' },
    { from: '1e3' },
    { to: '12345678901234567' },
    { from: '20', to: '10' },
    { topic: 'other' },
  ])('refuses %j', async (scope) => {
    const audits = fakeAudits();
    const { body } = await client({ audits }).post('/pipeline/audit').send(scope).expect(400);
    expect(body.code).toBe('invalid_body');
    expect(audits.started).toEqual([]);
  });

  it('is 503 while Temporal does not answer', async () => {
    const audits = { ...fakeAudits(), start: () => Promise.reject(new Error('14 UNAVAILABLE')) };
    const { body } = await client({ audits }).post('/pipeline/audit').send({}).expect(503);
    expect(body.code).toBe('temporal_unavailable');
  });
});

describe('GET /pipeline/audits/{id}', () => {
  const get = (reading?: AuditReading, id = 'a-1') =>
    client({ audits: fakeAudits(reading) }).get(`/pipeline/audits/${id}`);

  it('shows how far it is, within the current partition too', async () => {
    const { body } = await get({ ...running, state, currentShare: 0.5 }).expect(200);
    expect(auditSchema.parse(body)).toMatchObject({
      status: 'running',
      ended_at: null,
      progress: { percent: 37.5, partitions: 4, judged: 1, current_partition: 1 },
      result: { verdict: 'clean' },
    });
  });

  it('shows what can be known without a worker', async () => {
    const failing = { code: 'elasticsearch_unavailable', message: 'the audit cannot read: no answer' };
    const { body } = await get({ ...running, failing }).expect(200);
    expect(auditSchema.parse(body)).toMatchObject({ progress: { percent: null, judged: null }, failing, result: null });
  });

  it('shows the result of one that is done', async () => {
    const report = { ...emptyReport(), omitted: 3 };
    const { body } = await get({ ...running, status: 'done', endedAt: running.startedAt, report }).expect(200);
    expect(auditSchema.parse(body)).toMatchObject({
      progress: { percent: 100, partitions: 3, judged: 3 },
      result: { omitted_partitions: 3 },
    });
  });

  it.each([
    ['unknown', 'audit_not_found'],
    ['..%2F..%2Fingest', 'not_found'],
    ['UPPER', 'not_found'],
    ['x'.repeat(65), 'not_found'],
  ])('is 404 for %.20s', async (id, code) => {
    const { body } = await get(undefined, id).expect(404);
    expect(body.code).toBe(code);
  });

  it('is 503 while Temporal does not answer', async () => {
    const audits = { ...fakeAudits(), read: () => Promise.reject(new Error('14 UNAVAILABLE')) };
    await client({ audits }).get('/pipeline/audits/a-1').expect(503);
  });
});
