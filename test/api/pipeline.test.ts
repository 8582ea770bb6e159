import type { PartitionState } from '../../src/workflows/contract';
import type { WorkflowReading } from '../../src/api/ports';
import { acceptedSchema } from '../../src/api/schemas/operations';
import { pipelineSchema } from '../../src/api/schemas/pipeline';
import { brokenOffsets, client, fakeOffsets, fakeWorkflows, partitionState, silence, supervisorState } from './fakes';

const failing = { code: 'elasticsearch_unavailable', message: 'no answer', attempt: 7, at: '2026-11-24T12:00:00.000Z' };
const waiting: Partial<PartitionState> = {
  status: 'retrying',
  waiting: { step: 'index', from: '5', code: 'elasticsearch_unavailable', message: 'no answer', since: failing.at },
};
const stepPaused = { of: 'activity', activity: 'indexBatch', activityId: '12', reason: 'looking' } as const;
const silentPartition: WorkflowReading<PartitionState> = { execution: 'open' };
const hold = { kind: 'drain' as const, since: failing.at, reason: 'upgrade', offset: '40' };
const unreachable = { execution: 'unreachable' } as const;

function running(
  partition: number,
  next: number,
  changes: Partial<PartitionState> = {},
): WorkflowReading<PartitionState> {
  return { execution: 'open', state: partitionState(partition, next, changes) };
}

describe('GET /pipeline', () => {
  it('shows each partition as its workflow tells it, beside the ends and commits of Kafka', async () => {
    const { body } = await client().get('/pipeline').expect(200);
    expect(pipelineSchema.parse(body)).toMatchObject({
      topic: 'logs',
      state: 'running',
      source: 'workflows',
      note: null,
    });
    expect(body.partitions[0]).toEqual({
      partition: 0,
      state: 'running',
      source: 'workflows',
      next_offset: '90',
      end_offset: '100',
      lag: 10,
      counts: { indexed: 90, duplicate: 0, dead_lettered: 0, filtered: 0, lost_upstream: 0, void: 0 },
      documents: 90,
      balanced: true,
      committed_offset: '80',
      last_error: null,
      gap: null,
      hold: null,
      temporal_pause: null,
      batch_limits: { max_records: 100, max_bytes: 100_000 },
      workflow_id: 'ingest/logs/0',
      workflow_url: 'http://ui.example:8233/namespaces/default/workflows/ingest%2Flogs%2F0',
    });
    expect(body.totals).toMatchObject({ produced: 200, lag: 10, indexed: 190 });
  });

  it('answers from the commits within 2 s when no worker is alive, and says so', async () => {
    const workflows = fakeWorkflows({ 0: silentPartition, 1: silentPartition }, { execution: 'open' });
    const { body } = await client({ workflows }).get('/pipeline').expect(200);
    expect(pipelineSchema.parse(body)).toMatchObject({
      state: 'unreachable',
      source: 'commits',
      totals: { lag: 20, indexed: 180 },
    });
    expect(body.note).toBe('No worker answered. Offsets and counts are from the Kafka commits.');
    expect(body.partitions[0]).toMatchObject({ next_offset: '80', counts: { indexed: 80 }, balanced: true });
  });

  it('answers from the commits when Temporal is down, and says so', async () => {
    const workflows = fakeWorkflows({ 0: unreachable, 1: unreachable }, unreachable);
    const { body } = await client({ workflows }).get('/pipeline').expect(200);
    expect(body).toMatchObject({
      state: 'unreachable',
      source: 'commits',
      note: expect.stringContaining('Temporal did not answer'),
    });
  });

  it('answers within 2 s without lag while Kafka is silent', async () => {
    const offsets = {
      ends: () => silence<never>(),
      offsetsAt: () => silence<never>(),
      committed: () => silence<never>(),
    };
    const started = performance.now();
    const { body } = await client({ offsets }).get('/pipeline').expect(200);
    expect(performance.now() - started).toBeLessThan(2000);
    expect(body).toMatchObject({ source: 'workflows', totals: { produced: null, lag: null, indexed: 190 } });
    expect(body.note).toMatch(/Kafka/);
  });

  it('is 503 when neither Temporal nor Kafka answers', async () => {
    const workflows = fakeWorkflows({ 0: unreachable, 1: unreachable }, unreachable);
    const { body } = await client({ workflows, offsets: brokenOffsets })
      .get('/pipeline')
      .expect(503)
      .expect('Retry-After', '5');
    expect(body.code).toBe('pipeline_unavailable');
  });

  it.each<[string, WorkflowReading<PartitionState>, string]>([
    ['running', running(0, 5), 'running'],
    ['paused: maintenance', running(0, 5, { status: 'paused', pause: { reason: 'maintenance' } }), 'paused'],
    ['pausing', running(0, 5, { status: 'pausing' }), 'pausing'],
    ['draining: upgrade', running(0, 5, { status: 'draining', hold }), 'draining'],
    [
      'halted: offset_out_of_range',
      running(0, 5, { status: 'halted', failure: { ...failing, code: 'offset_out_of_range' } }),
      'halted',
    ],
    ['waiting: elasticsearch_unavailable (attempt 7)', { ...running(0, 5), failing }, 'waiting'],
    ['waiting: elasticsearch_unavailable (attempt 7)', { execution: 'open', failing }, 'waiting'],
    ['retrying: elasticsearch_unavailable (attempt 7)', { ...running(0, 5, waiting), failing }, 'retrying'],
    ['retrying: elasticsearch_unavailable', running(0, 5, waiting), 'retrying'],
    ['stopped: terminated', { execution: 'closed', closedAs: 'terminated' }, 'stopped'],
    ['absent', { execution: 'missing' }, 'absent'],
    ['suspended: indexBatch, looking', { ...running(0, 5), failing, temporalPause: stepPaused }, 'suspended'],
    ['suspended: workflow', { execution: 'open', temporalPause: { of: 'workflow' } }, 'suspended'],
    // The mirror holds up no record, and an order of ours says more.
    ['running', { ...running(0, 5), temporalPause: { ...stepPaused, activity: 'commitOffset' } }, 'running'],
    ['paused', { ...running(0, 5, { status: 'paused' }), temporalPause: stepPaused }, 'paused'],
  ])('shows the state %s', async (state, reading, overall) => {
    const workflows = fakeWorkflows({ 0: reading }, { execution: 'open', state: supervisorState({ partitions: [0] }) });
    const { body } = await client({ workflows, offsets: fakeOffsets([10]) })
      .get('/pipeline')
      .expect(200);
    expect(pipelineSchema.parse(body).state).toBe(overall);
    expect(body.partitions[0].state).toBe(state);
  });

  it('says that Temporal has paused a partition or the supervisor, by whom, and what the figures are from', async () => {
    const temporalPause = { of: 'workflow', actor: 'ann', since: '2026-11-24T12:00:00.000Z' } as const;
    const workflows = fakeWorkflows(
      { 0: { execution: 'open', temporalPause }, 1: { ...running(1, 5), temporalPause: stepPaused } },
      { execution: 'open', temporalPause },
    );
    const { body } = await client({ workflows }).get('/pipeline').expect(200);
    const shown = pipelineSchema.parse(body);
    expect(shown.temporal_pause).toEqual(temporalPause);
    expect(shown.partitions.map((one) => one.temporal_pause)).toEqual([
      temporalPause,
      { of: 'activity', activity: 'indexBatch', activity_id: '12', reason: 'looking' },
    ]);
    expect(shown.note).toContain('Temporal has paused the workflow of partition 0.');
    expect(shown.note).toContain('Temporal has paused the supervisor');
    expect(shown.note).not.toContain('No worker answered');
  });

  it('is suspended while its partitions run and Temporal has paused the supervisor, and says what ends it', async () => {
    const paused = { execution: 'open', temporalPause: { of: 'workflow' } } as const;
    const { body } = await client({ workflows: fakeWorkflows({ 0: running(0, 5), 1: running(1, 5) }, paused) }).get(
      '/pipeline',
    );
    const shown = pipelineSchema.parse(body);
    expect([shown.state, ...shown.partitions.map(({ state }) => state)]).toEqual(['suspended', 'running', 'running']);
    expect(shown.note).toContain('temporal workflow unpause --workflow-id ingest/logs');
  });

  it('shows the exact range that Kafka has lost', async () => {
    const failure = { ...failing, code: 'offset_out_of_range', gap: { from: '5', to: '40' } };
    const workflows = fakeWorkflows({ 0: running(0, 5, { status: 'halted', failure }), 1: running(1, 5) });
    const { body } = await client({ workflows }).get('/pipeline').expect(200);
    expect(body.partitions[0].gap).toEqual({ from: '5', to: '40' });
  });

  it('is pausing until every partition has paused', async () => {
    const supervisor = { execution: 'open', state: supervisorState({ paused: true }) } as const;
    const workflows = fakeWorkflows({ 0: running(0, 5, { status: 'paused' }), 1: running(1, 5) }, supervisor);
    const { body } = await client({ workflows }).get('/pipeline');
    expect(body.state).toBe('pausing');
  });

  it('shows the last error with its code', async () => {
    const workflows = fakeWorkflows({ 0: { ...running(0, 5), failing }, 1: running(1, 5) });
    const { body } = await client({ workflows }).get('/pipeline');
    expect(body.partitions[0].last_error).toEqual({ code: failing.code, message: failing.message, at: failing.at });
  });

  it('shows partitions that were added after it started', async () => {
    const workflows = fakeWorkflows({ 0: running(0, 5), 1: running(1, 5), 2: running(2, 5) });
    const { body } = await client({ workflows, offsets: fakeOffsets([5, 5, 5]) }).get('/pipeline');
    expect(body.partitions.map(({ partition }: { partition: number }) => partition)).toEqual([0, 1, 2]);
  });

  it('does not show partitions that the topic does not have', async () => {
    const workflows = fakeWorkflows(
      { 0: running(0, 5) },
      { execution: 'open', state: supervisorState({ partitions: [0] }) },
    );
    const { body } = await client({ workflows, offsets: fakeOffsets([5]) }).get('/pipeline');
    expect(body.partitions).toHaveLength(1);
  });

  it.each(['', 'not json', '[]', '{"progress":{"ledger":{"next":"-1"}}}', 'null'])(
    'takes the offset alone from a commit whose metadata is %p',
    async (metadata) => {
      const workflows = fakeWorkflows({ 0: silentPartition });
      const offsets = { ...fakeOffsets([10]), committed: async () => new Map([[0, { offset: '4', metadata }]]) };
      const { body } = await client({ workflows, offsets }).get('/pipeline').expect(200);
      expect(body.partitions[0]).toMatchObject({ next_offset: '4', lag: 6, counts: null, balanced: null });
    },
  );

  it('shows a ledger that does not add up', async () => {
    const state = partitionState(0, 10);
    const reading = { execution: 'open', state: { ...state, ledger: { ...state.ledger, indexed: 9 } } } as const;
    const { body } = await client({ workflows: fakeWorkflows({ 0: reading }) }).get('/pipeline');
    expect(body.partitions[0].balanced).toBe(false);
  });
});

describe('POST /pipeline/pause and /pipeline/resume', () => {
  it('tell the supervisor and say what each partition answers', async () => {
    const workflows = fakeWorkflows({ 0: running(0, 5) });
    const app = client({ workflows });
    const { body } = await app
      .post('/pipeline/pause')
      .send({ reason: 'maintenance', actor: 'on-call', request_id: 'r1' })
      .expect(200);
    expect(body).toMatchObject({
      signal: 'pause',
      ...{ request_id: 'r1', acknowledged: true, duplicate: false },
      partitions: [{ partition: 0, status: 'running' }],
      workflow_id: 'ingest/logs',
      note: { reason: 'maintenance', actor: 'on-call' },
    });
    await app.post('/pipeline/resume').set('Content-Type', 'application/json').expect(200);
    expect(workflows.sent).toEqual([
      { topic: 'logs', message: { name: 'pause', reason: 'maintenance', actor: 'on-call', requestId: 'r1' } },
      { topic: 'logs', message: { name: 'resume', actor: 'api', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) } },
    ]);
  });

  it('pass on which gap is accepted and which topic is rebound', async () => {
    const workflows = fakeWorkflows({});
    const app = client({ workflows });
    const { body } = await app
      .post('/pipeline/accept-gap')
      .send({ partition: 1, to: '500', actor: 'on-call' })
      .expect(200);
    expect(body).toMatchObject({ signal: 'accept-gap', note: { partition: 1, to: '500', actor: 'on-call' } });
    await app.post('/pipeline/rebind').send({ keep: true }).expect(200);
    await app.post('/pipeline/pause').send({ for_seconds: 60, expires_at: undefined }).expect(200);
    await app.post('/pipeline/stop-at').send({ partition: 1, offset: '70' }).expect(200);
    const requestId: unknown = expect.any(String);
    expect(workflows.sent).toEqual([
      { topic: 'logs', message: { name: 'accept-gap', partition: 1, to: '500', actor: 'on-call', requestId } },
      { topic: 'logs', message: { name: 'rebind', keep: true, actor: 'api', requestId } },
      { topic: 'logs', message: { name: 'pause', forSeconds: 60, actor: 'api', requestId } },
      { topic: 'logs', message: { name: 'stop-at', partition: 1, offset: '70', actor: 'api', requestId } },
    ]);
  });

  it('are 202 when no worker answers: the message was left', async () => {
    const workflows = { ...fakeWorkflows({}), send: async () => ({ kind: 'left' as const }) };
    const { body } = await client({ workflows }).post('/pipeline/pause').send({ partition: 1 }).expect(202);
    expect(acceptedSchema.parse(body)).toMatchObject({ acknowledged: false, partitions: [], note: { partition: 1 } });
    expect(body).not.toHaveProperty('advice');
  });

  it('are 202 with the command that lets them be followed when Temporal has paused the supervisor', async () => {
    const workflows = { ...fakeWorkflows({}), send: async () => ({ kind: 'left' as const, suspended: true }) };
    const { body } = await client({ workflows }).post('/pipeline/resume').send({}).expect(202);
    expect(acceptedSchema.parse(body).advice).toContain('temporal workflow unpause --workflow-id ingest/logs');
  });

  it.each([
    ['unknown_partition', 404, 'partition_not_found'],
    ['not_halted', 409, 'partition_not_halted'],
    ['invalid_message', 400, 'invalid_body'],
  ])('pass on the refusal %s', async (code, status, problem) => {
    const refused = { kind: 'refused' as const, code, message: 'topic logs has no partition 7; it has 0, 1' };
    const workflows = { ...fakeWorkflows({}), send: async () => refused };
    const { body } = await client({ workflows }).post('/pipeline/rebind').send({ partition: 7 }).expect(status);
    expect(body).toMatchObject({ code: problem, detail: refused.message });
  });

  it.each([
    ['/pipeline/accept-gap', { partition: -1 }],
    ['/pipeline/accept-gap', { to: '-5' }],
    ['/pipeline/accept-gap', { to: 500 }],
    ['/pipeline/rebind', { keep: 'yes' }],
    ['/pipeline/pause', { for_seconds: 0 }],
    ['/pipeline/pause', { expires_at: 'tomorrow' }],
    ['/pipeline/pause', { expires_at: '2030-01-01T00:00:00Z', for_seconds: 5 }],
    ['/pipeline/stop-at', {}],
    ['/pipeline/stop-at', { offset: 5 }],
    ['/pipeline/rebind', { partition: 1.5 }],
  ])('%s refuses %j', async (path, wrong) => {
    const workflows = fakeWorkflows({});
    const { body } = await client({ workflows }).post(path).send(wrong).expect(400);
    expect(body.code).toBe('invalid_body');
    expect(workflows.sent).toEqual([]);
  });

  it('need application/json, which a form of another site cannot send', async () => {
    const workflows = fakeWorkflows({});
    const app = client({ workflows });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const { body } = await app.post('/pipeline/pause').type(type).send('reason=x').expect(415);
      expect(body.code).toBe('unsupported_media_type');
    }
    await app.post('/pipeline/pause').expect(415);
    expect(workflows.sent).toEqual([]);
  });

  it.each([
    ['{"reason":', 400, 'invalid_body'],
    ['"text"', 400, 'invalid_body'],
    ['[]', 400, 'invalid_body'],
    ['{"reason":5}', 400, 'invalid_body'],
    ['{"reason":""}', 400, 'invalid_body'],
    ['{"reason":"x","force":true}', 400, 'invalid_body'],
    ['{"__proto__":{"reason":"x"}}', 400, 'invalid_body'],
    [`{"reason":"${'x'.repeat(501)}"}`, 400, 'invalid_body'],
    [`{"reason":"${'x'.repeat(20_000)}"}`, 413, 'body_too_large'],
  ])('refuse the body %.40s', async (text, status, code) => {
    const workflows = fakeWorkflows({});
    const { body } = await client({ workflows }).post('/pipeline/pause').type('json').send(text).expect(status);
    expect(body.code).toBe(code);
    expect(workflows.sent).toEqual([]);
  });

  it('point at the mistake in the body', async () => {
    const { body } = await client().post('/pipeline/pause').send({ reason: 5 }).expect(400);
    expect(body.errors).toEqual([{ pointer: '/reason', detail: expect.any(String) }]);
  });

  it('are 404 with a hint when the pipeline has not been started', async () => {
    const { body } = await client({ workflows: fakeWorkflows({}, { execution: 'missing' }) })
      .post('/pipeline/pause')
      .send({})
      .expect(404);
    expect(body).toMatchObject({ code: 'workflow_not_found', detail: expect.stringContaining('worker') });
  });

  it('are 503 when Temporal is down', async () => {
    const workflows = { ...fakeWorkflows({}), send: () => Promise.reject(new Error('14 UNAVAILABLE')) };
    const { body } = await client({ workflows })
      .post('/pipeline/resume')
      .send({})
      .expect(503)
      .expect('Retry-After', '5');
    expect(body.code).toBe('temporal_unavailable');
  });
});
