import { get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { client, createTestApp, documents } from '../fakes';
import { createMemoryTailSource } from '../memory-tail-source';

let server: Server;
let url: string;
const tail = {
  source: createMemoryTailSource(documents),
  settings: { maxTails: 10, bufferBytes: 64 * 1024, maxBehind: 1000, maxMs: 60_000 },
};
const stopping = new AbortController();

beforeAll(async () => {
  server = createTestApp({ stopping: stopping.signal, tail }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/logs/stream`;
});

afterAll(async () => {
  stopping.abort();
  await new Promise((resolve) => server.close(resolve));
});

/** The answer, and its text up to and with what is waited for. */
function read(query: string, until: string, headers: Record<string, string> = {}) {
  return new Promise<{ answer: IncomingMessage; text: string }>((resolve, reject) => {
    const request = get(`${url}${query}`, { headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
        if (!text.includes(until)) return;
        request.destroy();
        resolve({ answer, text });
      });
    });
    request.on('error', reject);
  });
}

describe('GET /logs/stream', () => {
  it('is a stream of events that nothing on its way holds back or changes', async () => {
    const { answer, text } = await read('', 'data: ', { 'Accept-Encoding': 'gzip' });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.headers['cache-control']).toBe('no-store, no-transform');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(text).toContain('retry: 2000\n\nevent: state\n');
  });

  it('takes every filter of GET /logs', async () => {
    const { text } = await read('?after=0,0,0,0&service=payment&q=NOT+nothing', 'event: log');
    expect(text).toContain('"service":"payment"');
    expect(text).not.toContain('"service":"auth"');
  });

  it('prefers the header, which is the newer one', async () => {
    const { text } = await read('?after=0,0', '"live"', { 'Last-Event-ID': '90,100' });
    expect(text).toContain('id: 90,100\n');
    expect(text).not.toContain('event: log');
  });

  it.each([
    ['/logs/stream?after=x', 'after'],
    ['/logs/stream?service=', 'service'],
    ['/logs/stream?sort=time', 'sort'],
    ['/logs/stream?from=now&to=now-1h', 'from'],
  ])('refuses %s', async (path, parameter) => {
    const { body } = await client().get(path).expect(400);
    expect(body.errors[0]).toMatchObject({ parameter });
  });

  it('refuses a Last-Event-ID that is none of its own', async () => {
    const { body } = await client().get('/logs/stream').set('Last-Event-ID', "1' OR 1=1").expect(400);
    expect(body.errors).toEqual([
      { parameter: 'Last-Event-ID', detail: 'must be the id of an event of this stream, such as 4711,4800' },
    ]);
  });

  it('answers HEAD without opening a stream', async () => {
    const { headers } = await client().head('/logs/stream').expect(200);
    expect(headers['content-type']).toMatch(/^text\/event-stream/);
  });
});
