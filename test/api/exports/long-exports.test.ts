import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AppDeps } from '../../../src/api/ports';
import type { KeyRing } from '../../../src/keys/key-ring';
import { PipelineError } from '../../../src/domain/errors';
import { createHash } from 'node:crypto';
import { client } from '../fakes';
import { generateLogs } from '../generated-logs';
import { createMemoryExportDesk } from '../memory-export-desk';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const SCOPES = { ann: 'read', bob: 'read', eve: 'operate', mon: 'monitor' } as const;
/** Keys that are the names of their holders. */
const keys: KeyRing = {
  holds: async () => true,
  find: async (name) =>
    Object.hasOwn(SCOPES, name)
      ? {
          state: 'valid',
          key: { id: name, name, scope: SCOPES[name as keyof typeof SCOPES], hash: '', created_at: '' },
        }
      : { state: 'unknown' },
};

describe('long exports', () => {
  let desk: ReturnType<typeof createMemoryExportDesk>;
  beforeEach(() => (desk = createMemoryExportDesk()));
  afterEach(() => desk.exports.remove());

  const api = (changes: Partial<AppDeps> = {}) => client({ longExports: desk.desk, ...changes });
  const order = async (body: object = {}) =>
    (await api().post('/logs/exports').send(body).expect(202)).body.id as string;
  const direct = async (query: string) => (await api().get(`/logs/export?${query}&summary=false`).expect(200)).text;

  it('gives the bytes that the direct one gives for the same words, as lists or as texts', async () => {
    const filter = {
      level: ['error', 'warn'],
      status_code: '>=200',
      q: 'timeout OR refused',
      anomaly: true,
    };
    const id = await order({ filter, sort: 'score', format: 'csv', fields: ['message', 'anomaly.score'] });
    await desk.finish(id);
    const { text, headers } = await api()
      .get(`/logs/exports/${id}/file`)
      .expect(200)
      .expect('Content-Type', /text\/csv/);
    const query = 'level=error,warn&status_code=%3E%3D200&q=timeout%20OR%20refused&anomaly=true&sort=score';
    expect(text).toBe(await direct(`${query}&format=csv&fields=message,anomaly.score`));
    expect(headers).toMatchObject({
      'content-length': String(Buffer.byteLength(text)),
      etag: `"${sha256(text)}"`,
      'x-sluice-sha256': sha256(text),
      'x-sluice-complete': 'true',
      'content-disposition': 'attachment; filename="logs-20261124T120000Z.csv"',
    });
    expect(headers['content-encoding']).toBeUndefined();
  });

  it('hands out ranges across parts, and only of the file that they began with', async () => {
    desk.exports.documents = generateLogs(2500, 'logs');
    const id = await order();
    await desk.finish(id);
    const file = () => api().get(`/logs/exports/${id}/file`);
    const { text, headers } = await file();
    const parts = (await desk.exports.folder.read(id))!.result!.parts;
    expect(parts.length).toBeGreaterThan(2);
    const [from, to] = [parts[0]! - 10, parts[0]! + parts[1]! + 10];
    const some = await file().set('Range', `bytes=${from}-${to}`).expect(206);
    expect(some.text).toBe(text.slice(from, to + 1));
    expect(some.headers['content-range']).toBe(`bytes ${from}-${to}/${text.length}`);
    await file().set('Range', `bytes=${from}-`).set('If-Range', headers['etag']!).expect(206);
    expect((await file().set('Range', `bytes=${from}-`).set('If-Range', '"other"').expect(200)).text).toBe(text);
    const beyond = await file().set('Range', `bytes=${text.length}-`).expect(416);
    expect(beyond.headers['content-range']).toBe(`bytes */${text.length}`);
    await api().head(`/logs/exports/${id}/file`).expect(200).expect('Content-Length', String(text.length));
  });

  it('cuts the connection when the file is removed while it is read', async () => {
    const id = await order();
    await desk.finish(id);
    const { folder } = desk.exports;
    const shelf = { ...folder, readFile: () => folder.readFile(id, 0, 1000) };
    const cut = api({ longExports: { ...desk.desk, shelf } });
    await expect(cut.get(`/logs/exports/${id}/file`)).rejects.toThrow(/aborted|hang up/);
  });

  it('shows what was asked, how far it is, and what came of it', async () => {
    const id = await order({ filter: { level: 'error' }, limit: 5, reason: 'a ticket', actor: 'ann' });
    desk.says.reading = { execution: 'open', failing: { code: 'export_disk_full', message: 'full' } };
    const { body } = await api().get(`/logs/exports/${id}`).expect(200);
    expect(body).toMatchObject({
      ...{
        id,
        status: 'ordered',
        asked: { filter: { level: 'error' }, limit: 5 },
        actor: 'ann',
        reason: 'a ticket',
        result: null,
      },
      failing: { code: 'export_disk_full' },
    });
    await desk.finish(id);
    desk.says.reading = { execution: 'unreachable' };
    const { body: done } = await api().get(`/logs/exports/${id}`).expect(200);
    expect(done).toMatchObject({
      ...{ status: 'done', progress: { percent: 100, logs: 5, wanted: 5 }, failing: null },
      result: { logs: 5, complete: false, file: `/logs/exports/${id}/file` },
    });
    const { body: list } = await api().get('/logs/exports').expect(200);
    expect(list.exports.map((one: { id: string }) => one.id)).toEqual([id]);
  });

  it('is one order however often its request id is sent, by the same actor', async () => {
    const id = await order({ request_id: 'x', actor: 'ann' });
    const { body } = await api().post('/logs/exports').send({ request_id: 'x', actor: 'ann' }).expect(202);
    expect(body).toMatchObject({ id, duplicate: true });
    expect(await order({ request_id: 'x', actor: 'bob' })).not.toBe(id);
    expect(desk.started).toHaveLength(3);
  });

  it('is left for another try when Temporal is away', async () => {
    const away = async () => {
      throw new PipelineError('temporal_unavailable', 'away');
    };
    const failing = api({ longExports: { ...desk.desk, workflows: { ...desk.desk.workflows, start: away } } });
    await failing.post('/logs/exports').send({ request_id: 'x' }).expect(503);
    const id = await order({ request_id: 'x' });
    expect(desk.started).toEqual([id]);
  });

  it('takes no more than may be under way', async () => {
    for (let number = 0; number < 3; number += 1) await order();
    const { body } = await api().post('/logs/exports').send({}).expect(429).expect('Retry-After', '60');
    expect(body.code).toBe('too_many_exports');
    await desk.finish((await desk.exports.folder.list('logs'))[0]!.order.id);
    await order();
  });

  it.each([
    [{ filter: { level: ['loud'] } }, '/filter/level/0'],
    [{ level: 'error' }, ''],
    [{ filter: { colour: 'red' } }, '/filter'],
    [{ filter: { q: '(' } }, '/filter/q'],
    [{ filter: { from: 'now', to: 'now-1h' } }, '/filter/from'],
    [{ limit: 0 }, '/limit'],
    [{ filter: { anomaly: 'perhaps' } }, '/filter/anomaly'],
    [{ fields: ['nothing'] }, '/fields/0'],
    [{ format: 'xlsx' }, '/format'],
  ])('refuses %j and says where', async (body, pointer) => {
    const { body: told } = await api().post('/logs/exports').send(body).expect(400);
    expect(told.code).toBe('invalid_body');
    expect(told.errors.map((one: { pointer: string }) => one.pointer)).toContain(pointer);
    expect(desk.started).toEqual([]);
  });

  it('that is not there, or whose name could lead elsewhere', async () => {
    for (const id of ['20261124-101500-000000', 'r-00000000000000000000']) {
      expect((await api().get(`/logs/exports/${id}`).expect(404)).body.code).toBe('export_not_found');
    }
    for (const id of ['..%2F..%2Fetc', '%2e%2e', '20261124-101500-3f9a1c%00', 'x'.repeat(300)]) {
      expect((await api().get(`/logs/exports/${id}/file`).expect(404)).body.code).toBe('not_found');
    }
  });

  it('has no file before its end', async () => {
    const id = await order();
    const { body } = await api().get(`/logs/exports/${id}/file`).expect(409);
    expect(body).toMatchObject({ code: 'export_not_done', detail: expect.stringContaining('ordered') });
  });

  describe('with keys', () => {
    const as = (name: string) => ({ Authorization: `Bearer ${name}` });
    const guarded = () => api({ keys });
    const ofAnn = async () =>
      (await guarded().post('/logs/exports').set(as('ann')).send({ actor: 'bob' }).expect(202)).body.id as string;

    it('a key sees, fetches and cancels its own; operate sees all; monitor none', async () => {
      const id = await ofAnn();
      await desk.finish(id);
      desk.says.delivery = { kind: 'answered', status: 'cancelling' };
      for (const [name, status] of [
        ['ann', 200],
        ['eve', 200],
        ['bob', 404],
        ['mon', 403],
      ] as const) {
        await guarded().get(`/logs/exports/${id}`).set(as(name)).expect(status);
        await guarded().get(`/logs/exports/${id}/file`).set(as(name)).expect(status);
        await guarded().post(`/logs/exports/${id}/cancel`).set(as(name)).send({}).expect(status);
      }
      const listed = async (name: string) =>
        (await guarded().get('/logs/exports').set(as(name))).body.exports.length as number;
      expect([await listed('ann'), await listed('eve'), await listed('bob')]).toEqual([1, 1, 0]);
      expect(desk.sent.map(({ note }) => note)).toMatchObject([{ actor: 'ann' }, { actor: 'eve' }]);
    });

    it('nobody meets the export of another by its request id', async () => {
      const ask = async (name: string) =>
        (await guarded().post('/logs/exports').set(as(name)).send({ request_id: 'x' }).expect(202)).body as object;
      const first = await ask('ann');
      expect(await ask('bob')).toMatchObject({ duplicate: false });
      expect(await ask('ann')).toMatchObject({ ...first, duplicate: true });
    });
  });

  describe('messages', () => {
    const send = (id: string, message: string) => api().post(`/logs/exports/${id}/${message}`).send({ reason: 'why' });

    it('go to the workflow, with who and why', async () => {
      const id = await order();
      desk.says.delivery = { kind: 'answered', status: 'pausing' };
      const { body } = await send(id, 'pause').expect(200);
      expect(body).toMatchObject({ id, status: 'pausing', acknowledged: true });
      expect(desk.sent).toEqual([{ id, message: 'pause', note: { actor: 'api', reason: 'why' } }]);
      desk.says.delivery = { kind: 'left' };
      expect((await send(id, 'pause').expect(202)).body).toMatchObject({ acknowledged: false });
    });

    it('resume lets one go on that failed or lost its workflow, and none that is over', async () => {
      const id = await order();
      await desk.exports.folder.update(id, { status: 'failed', failure: { code: 'export_too_large', message: 'x' } });
      expect((await send(id, 'resume').expect(200)).body.status).toBe('ordered');
      expect(desk.started).toEqual([id, id]);
      expect((await desk.exports.folder.read(id))!.failure).toBeNull();
      await desk.finish(id);
      expect((await send(id, 'resume').expect(409)).body.code).toBe('export_over');
      expect((await send(id, 'pause').expect(409)).body.code).toBe('export_over');
    });

    it('cancel removes what an export without a workflow has written', async () => {
      const id = await order();
      await desk.exports.folder.addView(id, { number: 1, pit: 'p', total: 1, frozenAt: '' });
      expect((await send(id, 'cancel').expect(200)).body.status).toBe('cancelled');
      expect(readdirSync(join(desk.exports.path, id)).sort()).toEqual(['order.json', 'state.json']);
      expect((await send(id, 'cancel').expect(409)).body.code).toBe('export_over');
      expect((await send(id, 'resume').expect(409)).body.code).toBe('export_over');
    });
  });

  it('an API without a folder has no such routes', async () => {
    const { body } = await client({ longExports: undefined }).get('/logs/exports').expect(404);
    expect(body.code).toBe('not_found');
  });
});
