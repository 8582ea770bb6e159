import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changeKeys } from '../../src/keys/key-file';
import { makeKey } from '../../src/keys/key';
import { startApi, type ApiProcess } from '../support/api-process';
import { TestPipeline } from '../support/pipeline';
import { TailClient } from '../support/tail-client';
import { waitFor } from '../support/wait-for';

jest.setTimeout(180_000);

const PARTITIONS = 4;
const SERVICES = ['auth', 'payment', 'inventory'];
/** One moment for all, so that only offsets tell the logs apart. */
const TIME = '2026-11-24T10:00:00.000Z';
const pipeline = new TestPipeline();
let whole: ApiProcess;
/** Nothing answers where it looks for Temporal: it reads the ledger out of the mirrored commits. */
let withoutTemporal: ApiProcess;
let produced = 0;

beforeAll(async () => {
  await pipeline.createTopic(PARTITIONS);
  pipeline.startWorker();
  whole = await startApi(pipeline.env);
  withoutTemporal = await startApi({ ...pipeline.env, TEMPORAL_ADDRESS: '127.0.0.1:1' });
  await produce(40);
  await pipeline.settled(produced);
}, 180_000);

afterAll(async () => {
  for (const api of [whole, withoutTemporal]) api?.child.kill('SIGKILL');
  await pipeline.close();
}, 60_000);

/** Logs over all partitions, now and then one that is refused. */
async function produce(count: number, padding = ''): Promise<void> {
  const messages = Array.from({ length: count }, () => {
    const number = produced++;
    const service = SERVICES[number % SERVICES.length];
    const log = {
      timestamp: TIME,
      service,
      level: number % 7 === 0 ? 'error' : 'info',
      message: `log ${number} ${padding}`,
    };
    return { partition: number % PARTITIONS, value: number % 50 === 49 ? 'no log' : JSON.stringify(log) };
  });
  await pipeline.produce(messages);
}

interface Stored {
  id: string;
  partition: number;
  offset: number;
  service: string;
  level: string;
}

async function stored(): Promise<Stored[]> {
  return (await pipeline.allDocuments()).map(({ id, source }) => {
    const { kafka, service, level } = source as unknown as { kafka: { partition: number; offset: number } } & Stored;
    return { id, ...kafka, service, level };
  });
}

function inOrder(ids: string[]): boolean {
  const last = new Map<string, string>();
  return ids.every((id) => {
    const partition = id.slice(0, 8);
    const sound = id > (last.get(partition) ?? '');
    last.set(partition, id);
    return sound;
  });
}

describe('GET /logs/stream on the real servers', () => {
  it('gives several clients each log once, over lost connections, two API processes and a killed worker', async () => {
    const before = new Set((await stored()).map(({ id }) => id));
    const filters: [string, (log: Stored) => boolean][] = [
      ['', () => true],
      ['service=payment', ({ service }) => service === 'payment'],
      ['level=error&service=!auth', ({ level, service }) => level === 'error' && service !== 'auth'],
      ['q=log+-nothing', () => true],
      ['partition=2', ({ partition }) => partition === 2],
    ];
    const apis = [whole, withoutTemporal];
    const clients = filters.map(([query], at) => new TailClient(`${apis[at % 2]!.url}/logs/stream?${query}`));
    let over = false;
    const following = clients.map(async (client) => {
      for (let at = 0; !over; at += 1) {
        client.url = client.url.replace(/http:..[^/]*/, apis[at % 2]!.url);
        const ended = client.connect();
        // At random, but never before there is a place to go on from.
        const has = client.events.length + 1 + Math.floor(Math.random() * 300);
        await waitFor(async () => over || (client.lastId !== '' && client.events.length >= has), 5000).catch(
          () => undefined,
        );
        if (over) return;
        client.leave();
        await ended;
      }
    });
    await waitFor(async () => clients.every(({ lastId }) => lastId !== ''));
    for (let round = 0; round < 12; round += 1) {
      await produce(round === 5 ? 2000 : 150);
      if (round === 6) await pipeline.killWorker(pipeline.runningWorkers()[0]!);
      if (round === 7) pipeline.startWorker();
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    await pipeline.settled(produced);
    const all = (await stored()).filter(({ id }) => !before.has(id));
    expect(all.length).toBeGreaterThan(3000);
    const expected = filters.map(([, matches]) => all.filter(matches).map(({ id }) => id));
    await waitFor(async () => clients.every((client, at) => client.ids.length >= expected[at]!.length), 60_000).catch(
      () => undefined,
    );
    over = true;
    await Promise.all(following);
    for (const client of clients) client.leave();
    for (const [at, client] of clients.entries()) {
      expect(client.connections).toBeGreaterThan(3);
      expect([...client.ids].sort()).toEqual(expected[at]);
      expect(inOrder(client.ids)).toBe(true);
      for (const name of ['incomplete', 'missing', 'dropped']) expect(client.named(name)).toEqual([]);
    }
  });

  it('begins at a time, or behind any place', async () => {
    const all = await stored();
    const [since, after] = ['from=2026-11-24T10:00:00Z', `after=0,0,0,5`].map(
      (query) => new TailClient(`${withoutTemporal.url}/logs/stream?${query}`),
    );
    const ended = [since!.connect(), after!.connect()];
    const behind = all.filter(({ partition, offset }) => partition < 3 || offset >= 5).map(({ id }) => id);
    await waitFor(async () => since!.ids.length >= all.length && after!.ids.length >= behind.length, 60_000);
    expect([...since!.ids].sort()).toEqual(all.map(({ id }) => id));
    expect([...after!.ids].sort()).toEqual(behind);
    for (const client of [since!, after!]) client.leave();
    await Promise.all(ended);
  });

  it('cuts logs down to fields as /logs does', async () => {
    const fields = 'fields=@timestamp,kafka.offset,anomaly.score,attributes.nothing';
    const client = new TailClient(`${whole.url}/logs/stream?after=0,0,0,0&${fields}`);
    const ended = client.connect();
    const all = await stored();
    await waitFor(async () => client.ids.length >= all.length, 60_000);
    client.leave();
    await ended;
    const { logs } = (await (await fetch(`${whole.url}/logs?size=500&${fields}`)).json()) as { logs: { id: string }[] };
    expect(logs.length).toBeGreaterThan(30);
    const given = new Map(client.named('log').map(({ data }) => [data['id'], data]));
    for (const log of logs) expect(given.get(log.id)).toEqual(log);
  });

  it('ends the streams of a key that is revoked, and refuses them anew', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-tail-'));
    const file = join(folder, 'keys.json');
    const [ann, bob] = ['ann', 'bob'].map((name) => makeKey({ name, scope: 'read' }, new Date()));
    await changeKeys(file, () => [[ann!.stored, bob!.stored], undefined]);
    const api = await startApi({ ...pipeline.env, API_KEYS_FILE: file });
    const [revoked, kept] = [ann!, bob!].map(
      ({ key }) => new TailClient(`${api.url}/logs/stream`, { authorization: `Bearer ${key}` }),
    );
    const revokedEnded = revoked!.connect();
    const keptEnded = kept!.connect();
    await waitFor(async () => revoked!.lastId !== '' && kept!.lastId !== '');
    await changeKeys(file, (keys) => [
      keys.map((key) => (key.name === 'ann' ? { ...key, revoked_at: new Date().toISOString() } : key)),
      undefined,
    ]);
    await revokedEnded;
    expect(revoked!.events.at(-1)).toMatchObject({ name: 'end', data: { reason: 'key_refused' } });
    await revoked!.connect();
    expect(revoked!.status).toBe(401);
    const before = kept!.ids.length;
    await produce(4);
    await waitFor(async () => kept!.ids.length > before, 60_000);
    kept!.leave();
    await keptEnded;
    expect((await api.stop()).code).toBe(0);
    rmSync(folder, { recursive: true });
  });

  it('reads on out of the store for a client that is slow, and says so', async () => {
    const client = new TailClient(`${whole.url}/logs/stream`);
    const ended = client.connect();
    await waitFor(async () => client.lastId !== '');
    const before = new Set((await stored()).map(({ id }) => id));
    client.pause();
    for (let round = 0; round < 2; round += 1) await produce(3000, 'x'.repeat(3000));
    await pipeline.settled(produced, PARTITIONS, 120_000);
    const expected = (await stored()).map(({ id }) => id).filter((id) => !before.has(id));
    client.resume();
    // The stream may have begun a moment before what was stored was asked for.
    const since = () => client.ids.filter((id) => !before.has(id));
    await waitFor(async () => since().length >= expected.length, 60_000);
    expect(since().sort()).toEqual(expected);
    expect(inOrder(client.ids)).toBe(true);
    expect(client.named('limit')[0]!.data).toMatchObject({ reason: 'slow_reader' });
    client.leave();
    await ended;
  });

  it('keeps a thousand idle streams at the cost of one, and ends them all when the process is stopped', async () => {
    const api = await startApi({ ...pipeline.env, API_TAIL_MAX: '1000', API_RATE_LIMIT: '0' });
    const first = new TailClient(`${api.url}/logs/stream?service=payment`);
    const firstEnded = first.connect();
    await waitFor(async () => first.lastId !== '');
    const before = await api.memory();
    const { port } = new URL(api.url);
    const sockets = await Promise.all(
      Array.from({ length: 999 }, async (_, at) => {
        const socket = createConnection(Number(port), '127.0.0.1');
        socket.on('error', () => undefined);
        socket.write(`GET /logs/stream?service=nobody${at % 5} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
        await new Promise((resolve) => socket.once('data', resolve));
        socket.resume();
        return socket;
      }),
    );
    const full = new TailClient(`${api.url}/logs/stream`);
    await full.connect();
    expect(full.status).toBe(503);
    await produce(90);
    await waitFor(async () => first.ids.length >= 28, 60_000);
    // The metrics may be some seconds old: these must be of now, and the memory that they tell as well.
    const metrics = async () => (await fetch(`${api.url}/metrics`)).text();
    await waitFor(async () => /^sluice_tails_open\S* 1000$/m.test(await metrics()));
    expect((await api.memory()) - before).toBeLessThan(200 * 1024 * 1024);
    const { code, ms } = await api.stop();
    expect(code).toBe(0);
    expect(ms).toBeLessThan(8000);
    await firstEnded;
    expect(first.events.at(-1)).toMatchObject({ name: 'end', data: { reason: 'shutting_down' } });
    for (const socket of sockets) socket.destroy();
  });
});
