import { get } from 'node:http';
import { startApi, type ApiProcess } from '../support/api-process';
import { TestPipeline } from '../support/pipeline';
import { drip, RawClient, untilClosed } from '../support/raw-client';
import { waitFor } from '../support/wait-for';

jest.setTimeout(240_000);

const PARTITIONS = 2;
const LOGS = 4000;
/** A page of a thousand is some megabytes. */
const MESSAGE_BYTES = 4000;
/** What the container of the API has, in MiB, whose heap is the same here, and what loading the sources takes beside it. */
const MEMORY_MIB = 448 + 64;
const HEAP_MIB = 256;
const LARGEST = 'GET /logs?size=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n';
/** Those that wait for minutes until nobody is left have a command of their own: `npm run test:hostile`. */
const patiently = process.env['SLUICE_TEST_HOSTILE'] === 'all' ? it : it.skip;
const pipeline = new TestPipeline();
let api: ApiProcess;
let raw: RawClient;

/** The API as a process, with every limit by client off: what holds is what holds for all. */
beforeAll(async () => {
  await pipeline.createTopic(PARTITIONS);
  pipeline.startWorker();
  const message = 'x'.repeat(MESSAGE_BYTES);
  const log = { timestamp: '2026-11-24T10:00:00.000Z', service: 'auth', level: 'info', message };
  await pipeline.produce(
    Array.from({ length: LOGS }, (_, at) => ({ partition: at % PARTITIONS, value: JSON.stringify(log) })),
  );
  await pipeline.settled(LOGS, PARTITIONS, 120_000);
  await pipeline.countDocuments();
  api = await startApi({
    ...pipeline.env,
    ...{ API_RATE_LIMIT: '0', API_HEAVY_AT_ONCE: '0', LOG_LEVEL: 'error' },
    NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}`,
  });
  raw = new RawClient(api);
  for (let at = 0; at < 5; at += 1) await (await fetch(`${api.url}/logs?size=1000`)).text();
}, 240_000);

afterAll(async () => {
  await api?.stop();
  await pipeline.close();
}, 60_000);

beforeEach(() => raw.forgetMemory());

/** The process is as it was: it answers, everything is up, nobody's connection is left, and memory was never short. */
afterEach(async () => {
  await waitFor(async () => raw.connections() <= 2, 60_000);
  const health = (await (await fetch(`${api.url}/health`)).json()) as { status: string };
  expect(health.status).toBe('up');
  expect(raw.mostMemory()).toBeLessThan(MEMORY_MIB);
});

const times = <T>(count: number, make: (at: number) => T) => Array.from({ length: count }, (_, at) => make(at));

it('who sends by the byte is cut and has ordered nothing, and who reads nothing of what was asked for is cut, whatever it was', async () => {
  const ordering =
    'POST /pipeline/pause HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{';
  const headers = times(150, () => raw.open('GET /logs HTTP/1.1\r\nHost: localhost\r\n'));
  const bodies = times(50, () => raw.open(ordering));
  const ends = [...headers, ...bodies].map(untilClosed);
  for (const socket of headers) drip(socket, 'X-A: 1\r\n');
  for (const socket of bodies) drip(socket, ' ');
  const ask = (path: string) => raw.open(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const deaf = [
    ...times(30, () => ask('/logs?size=1000')),
    ...times(20, () => ask('/logs/export?limit=1000000')),
    ...times(20, () => ask('/logs/export?format=csv&limit=1000000')),
    ...times(20, () => ask('/logs/stream?after=0,0')),
  ];
  await waitFor(async () => raw.connections() > 230);
  for (let at = 0; at < 100; at += 1) expect((await fetch(`${api.url}/logs?size=1`)).status).toBe(200);
  for (const end of await Promise.all(ends)) expect(end).toMatch(/^(HTTP\/1\.1 4(08|31) |$)/);
  const state = async () => ((await (await fetch(`${api.url}/pipeline`)).json()) as { state: string }).state;
  await waitFor(async () => (await state()) === 'running');
  await waitFor(async () => raw.connections() <= 2, 90_000);
  for (const socket of deaf) socket.destroy();
});

patiently('who sends requests ahead and reads none of the answers takes no memory for them', async () => {
  const ahead = LARGEST.repeat(1000);
  const sockets = times(5, () => raw.open(ahead));
  await waitFor(async () => raw.connections() >= 5);
  await waitFor(async () => raw.connections() <= 2, 120_000);
  for (const socket of sockets) socket.destroy();
});

patiently('who opens a hundred connections for the largest pages takes no memory for them', async () => {
  const sockets = times(120, () => raw.open(LARGEST));
  await waitFor(async () => raw.connections() >= 100);
  expect((await fetch(`${api.url}/logs?size=10`)).status).toBe(200);
  await waitFor(async () => raw.connections() <= 2, 120_000);
  for (const socket of sockets) socket.destroy();
});

it('requests that were sent ahead are answered in their order', async () => {
  const pages = times(300, (at) => at + 1);
  const text = pages.map((page) => `GET /logs?size=1&fields=level&page=${page} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const last = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  const answers = await raw.say(text.join('') + last);
  const answered = [...answers.matchAll(/"page":(\d+),/g)].map(([, page]) => Number(page));
  expect(answered).toEqual(pages);
});

const post = (headers: string, body = '{}') =>
  `POST /pipeline/pause HTTP/1.1\r\n${headers}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
const HOST = 'Host: localhost\r\n';

it.each([
  ['headers of 20 kB', 431, `GET /logs HTTP/1.1\r\n${HOST}X-A: ${'a'.repeat(20_000)}\r\n\r\n`],
  ['an address of 12 kB', 414, `GET /logs?q=${'a'.repeat(12_000)} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`],
  ['no Host', 400, 'GET /logs HTTP/1.1\r\n\r\n'],
  ['two Hosts', 400, `GET /logs HTTP/1.1\r\n${HOST}Host: evil.example\r\n\r\n`],
  ["a stranger's Host", 421, 'GET /logs HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'],
  [
    "a stranger's address",
    421,
    'GET http://evil.example/logs HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
  ],
  ['a Host with a path', 421, 'GET /logs HTTP/1.1\r\nHost: localhost/evil\r\nConnection: close\r\n\r\n'],
  ['a body that is a form', 415, post(`${HOST}Content-Type: application/x-www-form-urlencoded\r\n`, 'a=1')],
  ['a body that is text', 415, post(`${HOST}Content-Type: text/plain\r\n`)],
  ['a body without a type', 415, post(HOST)],
  [
    'a body in a coding that nobody knows',
    415,
    post(`${HOST}Content-Type: application/json\r\nContent-Encoding: rot13\r\n`),
  ],
  ['half a body of JSON', 400, post(`${HOST}Content-Type: application/json\r\n`, '{"reason":')],
  ['two lengths', 400, post(`${HOST}Content-Type: application/json\r\nContent-Length: 1\r\n`)],
  ['a length and chunks', 400, post(`${HOST}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n`)],
  ["a stranger's page", 403, post(`${HOST}Origin: https://evil.example\r\nContent-Type: application/json\r\n`)],
  ['no HTTP at all', 400, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['HTTP/2', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
])('%s is answered %d, as a problem', async (_, status, text) => {
  const answer = await raw.say(text);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).toMatch(/content-type: application\/problem\+json/i);
});

it('requests that are broken off under load leave nothing behind', async () => {
  const paths = ['/logs?size=500', '/logs/stats', '/logs/facets', '/logs/export?limit=5000', '/logs/stream?after=0,0'];
  const gone = times(600, (at) => {
    const request = get(api.url + paths[at % paths.length]!, { agent: false });
    request.on('response', (answer) => answer.on('error', () => undefined).resume());
    request.on('error', () => undefined);
    return new Promise<void>((resolve) => {
      request.once('close', resolve);
      setTimeout(() => request.destroy(), at % 97);
    });
  });
  await Promise.all(gone);
  await waitFor(async () => {
    const { nodes = {} } = await pipeline.elasticsearch.tasks.list({ actions: 'indices:data/read/*', detailed: true });
    const tasks = Object.values(nodes).flatMap((node) => Object.values(node.tasks));
    return tasks.every(({ description }) => !description?.includes(pipeline.topic));
  });
  const metrics = await (await fetch(`${api.url}/metrics`)).text();
  expect(metrics).toMatch(/^sluice_tails_open\S* \d+$/m);
});
