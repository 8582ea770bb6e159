import { PipelineError } from '../../src/domain/errors';
import { freshProgress, noReplayCounts, type ReplayState, type StoredReplay } from '../../src/domain/replay';
import { emptyShadow } from '../../src/domain/shadow';
import { replayMessageSchema, replaySchema, replaysSchema, replayStartedSchema } from '../../src/api/schemas/replays';
import { replayOrder } from '../support/memory-replays';
import { client } from './fakes';
import { createMemoryReplayDesk } from './memory-replay-desk';

const findings = { offsets: 100, documents: 90, deadLetters: 1, expired: 0, missing: 9, gone: 5, beyond: 2 };
const progress = { ...freshProgress(5), counts: { ...noReplayCounts(), gone: 5, present: 20, deadLettered: 1 } };
const state: ReplayState = { status: 'running', mode: 'repair', findings, progress, rate: 10, etaSeconds: 8 };

function api(stored?: Partial<StoredReplay>) {
  const replays = createMemoryReplayDesk();
  if (stored) replays.store.stored.set('one', { order: replayOrder(), status: 'running', ...stored });
  return { ...replays, app: client({ replays: replays.desk }) };
}

describe('POST /replays', () => {
  it('keeps the order and starts its workflow', async () => {
    const { app, store } = api();
    const order = { mode: 'repair', partitions: [1], from: '5', from_time: 'now-1h', records_per_second: 10 };
    const { body } = await app.post('/replays').send(order).expect(202);
    expect(replayStartedSchema.parse(body)).toMatchObject({ duplicate: false, workflow_id: `replay/logs/${body.id}` });
    expect(store.started).toEqual([body.id]);
    const { order: kept } = store.stored.get(body.id)!;
    expect(kept).toMatchObject({ mode: 'repair', dryRun: false, partitions: [1], from: '5', recordsPerSecond: 10 });
    expect(kept.fromMs).toBe(Date.parse(kept.orderedAt) - 3_600_000);
  });

  it('starts nothing for a request id that was seen, and names the replay that it made', async () => {
    const { app, store } = api();
    const order = { mode: 'rescore', request_id: 'mine' };
    const { body: first } = await app.post('/replays').send(order).expect(202);
    await store.update(first.id, { status: 'done' });
    const { body: again } = await app.post('/replays').send(order).expect(202);
    expect(again).toMatchObject({ id: first.id, duplicate: true });
    expect(store.started).toEqual([first.id]);
  });

  it('starts again what was kept and never started', async () => {
    const { app, store } = api();
    const start = jest.spyOn(store, 'start').mockRejectedValueOnce(new PipelineError('temporal_unavailable', 'down'));
    const order = { mode: 'rescore', request_id: 'mine' };
    await app.post('/replays').send(order).expect(503);
    await app.post('/replays').send(order).expect(202);
    expect(start).toHaveBeenCalledTimes(2);
  });

  it('takes the rules of a shadow by the bounds of their settings', async () => {
    const { app, store } = api();
    const { body } = await app
      .post('/replays')
      .send({ mode: 'shadow', rules: { server_error: 55 } })
      .expect(202);
    expect(store.stored.get(body.id)!.order.rules).toEqual({ serverError: 55 });
  });

  it.each([
    ['no mode', {}, '/mode'],
    ['a rule that is not there', { mode: 'shadow', rules: { error: 1, colour: 1 } }, '/rules'],
    ['no rule', { mode: 'shadow', rules: {} }, '/rules'],
    ['points out of range', { mode: 'shadow', rules: { error: 101 } }, '/rules/error'],
    ['a shadow without rules', { mode: 'shadow' }, '/rules'],
    ['rules for a rescore', { mode: 'rescore', rules: { error: 1 } }, '/rules'],
    ['a range that runs backwards', { mode: 'repair', from: '9', to: '8' }, '/from'],
    ['a time range that runs backwards', { mode: 'repair', from_time: 'now', to_time: 'now-1h' }, '/from_time'],
    ['an offset that is none', { mode: 'repair', from: '-1' }, '/from'],
    ['a time that is none', { mode: 'repair', to_time: 'soon' }, '/to_time'],
    ['a partition twice', { mode: 'repair', partitions: [1, 1] }, '/partitions'],
    ['a cap of nothing', { mode: 'repair', records_per_second: 0 }, '/records_per_second'],
    ['a field that is not known', { mode: 'repair', speed: 1 }, ''],
  ])('refuses %s, and keeps nothing', async (_what, order, pointer) => {
    const { app, store } = api();
    const { body } = await app.post('/replays').send(order).expect(400);
    expect(body).toMatchObject({ code: 'invalid_body', errors: [{ pointer }] });
    expect(store.stored.size).toBe(0);
  });
});

describe('GET /replays/{id}', () => {
  it('shows what its workflow says', async () => {
    const { app, says } = api();
    says.reading = { execution: 'open', state };
    const { app: known } = api({});
    await known.get('/replays/two').expect(404);
    const with1 = api({});
    with1.says.reading = says.reading;
    const { body } = await with1.app.get('/replays/one').expect(200);
    expect(replaySchema.parse(body)).toMatchObject({
      status: 'running',
      findings: { dead_letters: 1, beyond: 2 },
      progress: { percent: 24.7, done: 26, total: 105, records_per_second: 10, eta_seconds: 8 },
    });
    expect((await app.get('/replays/one').expect(404)).body.code).toBe('replay_not_found');
  });

  it('shows what was kept when its workflow is long gone', async () => {
    const shadow = { ...emptyShadow(), compared: 3, gained: 1 };
    const { app } = api({ status: 'done', findings, progress: { ...progress, shadow } });
    const { body } = await app.get('/replays/one').expect(200);
    expect(replaySchema.parse(body)).toMatchObject({ status: 'done', shadow: { compared: 3, gained: 1 } });
  });

  it.each([
    ['ended by hand', 'running', 'closed', 'stopped'],
    ['lost', 'running', 'missing', 'stopped'],
    ['not started yet', 'ordered', 'missing', 'ordered'],
    ['not to be reached', 'running', 'unreachable', 'running'],
    ['failed', 'failed', 'closed', 'failed'],
  ] as const)('tells one that is %s', async (_what, status, execution, shown) => {
    const { app, says } = api({ status });
    says.reading = { execution };
    expect((await app.get('/replays/one').expect(200)).body.status).toBe(shown);
  });

  it('lists the newest ones', async () => {
    const { app, says } = api({});
    says.reading = { execution: 'open', state };
    const { body } = await app.get('/replays?size=10').expect(200);
    expect(replaysSchema.parse(body).replays).toMatchObject([{ id: 'one', status: 'running' }]);
  });
});

describe('POST /replays/{id}/pause, resume and cancel', () => {
  it.each(['pause', 'resume', 'cancel'])('passes %s on, with who asked and why', async (message) => {
    const { app, says, sent } = api({});
    says.delivery = { kind: 'answered', status: 'pausing' };
    const note = { reason: 'too much', actor: 'me' };
    const { body } = await app.post(`/replays/one/${message}`).send(note).expect(200);
    expect(replayMessageSchema.parse(body)).toMatchObject({ acknowledged: true, status: 'pausing' });
    expect(sent).toEqual([{ id: 'one', message, note }]);
  });

  it('says that the message was left when no worker answers', async () => {
    const { app, says } = api({});
    says.delivery = { kind: 'left' };
    says.reading = { execution: 'open' };
    const { body } = await app.post('/replays/one/pause').send({}).expect(202);
    expect(replayMessageSchema.parse(body)).toMatchObject({ acknowledged: false, status: 'running' });
  });

  it.each(['cancelled', 'failed'] as const)('lets one that is %s go on where it stopped', async (status) => {
    const { app, store } = api({ status, progress, failure: { code: 'topic_recreated', message: 'x' } });
    await app.post('/replays/one/resume').send({}).expect(200);
    expect(store.started).toEqual(['one']);
    expect(store.stored.get('one')).toMatchObject({ status: 'ordered', progress, failure: null });
  });

  it('lets one that is just ending end first, and then go on', async () => {
    const { app, store, says, desk } = api({ progress: freshProgress(0) });
    says.delivery = { kind: 'answered', status: 'cancelled' };
    let looks = 0;
    desk.workflows.read = async () => {
      looks += 1;
      if (looks === 2) await store.update('one', { status: 'cancelled', progress });
      return { execution: looks < 2 ? 'open' : 'closed', state };
    };
    const { body } = await app.post('/replays/one/resume').send({}).expect(200);
    expect(replayMessageSchema.parse(body)).toMatchObject({ acknowledged: true, status: 'ordered' });
    expect(store.started).toEqual(['one']);
    expect(store.stored.get('one')).toMatchObject({ status: 'ordered', progress });
  });

  it('lets one that was ended by hand go on where its workflow says it was', async () => {
    const { app, store, says } = api({ progress: freshProgress(0) });
    says.reading = { execution: 'closed', state };
    await app.post('/replays/one/resume').send({}).expect(200);
    expect(store.stored.get('one')!.progress).toEqual(progress);
  });

  it('has nothing to do for one that is done, and nothing to pause in one that has ended', async () => {
    expect((await api({ status: 'done' }).app.post('/replays/one/resume').send({}).expect(409)).body.code).toBe(
      'replay_over',
    );
    expect((await api({ status: 'cancelled' }).app.post('/replays/one/pause').send({}).expect(409)).body.code).toBe(
      'replay_over',
    );
    await api().app.post('/replays/one/pause').send({}).expect(404);
  });

  it('answers 503 when Temporal is away', async () => {
    const { app, desk } = api({});
    desk.workflows.send = () => Promise.reject(new Error('no server'));
    expect((await app.post('/replays/one/pause').send({}).expect(503)).body.code).toBe('temporal_unavailable');
  });
});
