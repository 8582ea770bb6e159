import { pino } from 'pino';
import { Writable } from 'node:stream';
import { client } from '../fakes';
import { createTestKeys } from './test-keys';

function recorded(level = 'info', keyed = true) {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()));
      done();
    },
  });
  const { ring, keys, made } = createTestKeys();
  const app = client({ logger: pino({ level }, stream), ...(keyed ? { keys: ring } : {}) });
  return { app, keys, made, audited: () => lines.filter(({ audit }) => audit === true), lines };
}

describe('the audit log', () => {
  it('has a line for an order: who, what, which and what became of it', async () => {
    const { app, keys, made, audited } = recorded();
    const order = { request_id: 'order-1', reason: 'canary-reason' };
    const answer = app.post('/pipeline/pause').set('X-API-Key', keys.operate).set('X-Request-Id', 'req-1').send(order);
    await answer.expect(200);
    expect(audited()).toMatchObject([
      {
        msg: 'operation',
        ...{ key: made.operate.stored.id, name: 'key-operate', scope: 'operate', client: expect.stringMatching(/127/) },
        ...{ method: 'POST', route: '/pipeline/pause', requestId: 'req-1', outcome: 'done', status: 200 },
        ids: { request_id: 'order-1', workflow_id: expect.any(String), signal: 'pause' },
      },
    ]);
  });

  it('has a line for each refusal, with the problem and the key where it is known', async () => {
    const { app, keys, made, audited } = recorded();
    const pause = () => app.post('/pipeline/pause');
    await pause().set('X-API-Key', keys.read).send({}).expect(403);
    await pause().set('X-API-Key', keys.revoked).send({}).expect(401);
    await pause().send({}).expect(401);
    await pause().set('Host', 'evil.example').send({}).expect(421);
    await pause().set('X-API-Key', keys.operate).send({ colour: 'red' }).expect(400);
    await app.post('/replays/nope/pause').set('X-API-Key', keys.operate).send({}).expect(404);
    await app.get('/logs').expect(401);
    await app.get('/logs').set('X-API-Key', keys.read).expect(200);
    expect(audited().map(({ key, problem, outcome }) => [key, problem, outcome])).toEqual([
      [made.read.stored.id, 'scope_missing', 'refused'],
      [made.revoked.stored.id, 'key_refused', 'refused'],
      [null, 'key_missing', 'refused'],
      [null, 'unknown_host', 'refused'],
      [made.operate.stored.id, 'invalid_body', 'refused'],
      [made.operate.stored.id, 'replay_not_found', 'refused'],
      [null, 'key_missing', 'refused'],
    ]);
  });

  it('is written whatever LOG_LEVEL says, and where keys are off', async () => {
    const { app, audited, lines } = recorded('error', false);
    await app.post('/pipeline/resume').send({}).expect(200);
    expect(audited()).toMatchObject([{ key: null, name: null, route: '/pipeline/resume' }]);
    expect(lines).toHaveLength(1);
  });

  it('holds no key, no query, no body and nothing else that came from outside', async () => {
    const { app, keys, lines } = recorded();
    const secret = keys.operate.slice(-43);
    await app.post('/pipeline/pause?canary=1').set('X-API-Key', keys.operate).send({ reason: 'canary' });
    await app.post('/pipeline/dead-letters/canary%0Ax/redrive').set('X-API-Key', keys.operate).send({ body: 'canary' });
    await app.get('/logs?q=canary').set('Authorization', `Bearer canary${secret}`);
    expect(lines.length).toBeGreaterThan(2);
    expect(JSON.stringify(lines)).not.toMatch(new RegExp(`canary|${secret}`));
  });
});
