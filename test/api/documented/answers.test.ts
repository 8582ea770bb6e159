import { connect, type AddressInfo } from 'node:net';
import supertest from 'supertest';
import { listen, stopListening } from '../../../src/api/listen';
import { CONNECTION_PROBLEMS } from '../../../src/api/refuse-malformed';
import { client, createTestApp } from '../fakes';
import { createAnswerCheck, operationsOf, type OpenApiDocument, type Operation, type Place } from './document';
import { provoke } from './provoke';

jest.setTimeout(240_000);

const IMPATIENT = {
  headersTimeout: 100,
  requestTimeout: 200,
  keepAliveTimeout: 1000,
  connectionsCheckingInterval: 20,
  stallMs: 1000,
};

/** Every answer that an operation documents: the codes of its problems, and the statuses of its other answers. */
function documented({ responses }: Operation): { status: number; type: string; what: string }[] {
  return Object.entries(responses).flatMap(([status, { content }]) =>
    Object.entries(content ?? { '': {} }).flatMap(([type, { examples }]) => {
      const codes = type === 'application/problem+json' ? Object.keys(examples ?? {}) : [status];
      return codes.map((what) => ({ status: Number(status), type, what }));
    }),
  );
}

const isOfConnection = (what: string) => (CONNECTION_PROBLEMS as readonly string[]).includes(what);

/** Sends a request that is none, such as this one as it is. */
async function sendRaw(port: number, text: string): Promise<{ status: number; type: string; body: unknown }> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString()));
  socket.write(text);
  await new Promise((resolve) => socket.once('end', resolve));
  socket.destroy();
  const [head = '', body = ''] = received.split('\r\n\r\n');
  const type = /^content-type: ([^;\r]+)/im.exec(head)?.[1] ?? '';
  return { status: Number(head.split(' ')[1]), type, body: JSON.parse(body) };
}

describe('each answer that the documentation has', () => {
  let places: Place[];
  let check: ReturnType<typeof createAnswerCheck>;

  beforeAll(async () => {
    const { body } = await client().get('/openapi.json').expect(200);
    places = operationsOf(body as OpenApiDocument);
    check = createAnswerCheck(body as OpenApiDocument);
  });

  it('can be had, and is as documented', async () => {
    const wrong: string[] = [];
    for (const place of places) {
      const { method, path, operation } = place;
      for (const { status, type, what } of documented(operation).filter((one) => !isOfConnection(one.what))) {
        const name = `${method.toUpperCase()} ${path} ${what}`;
        const request = await provoke(place, what, type);
        if (!request) {
          wrong.push(`${name}: say in provoke.ts how it comes about, or do not document it`);
          continue;
        }
        const app = createTestApp(request.deps);
        if (request.broken) Object.defineProperty(app.request, 'querystring', { get: breakDown });
        const sent = supertest(app.callback())[method as 'get' | 'post'](request.address).set(request.headers);
        if (request.body !== undefined) sent.send(request.body);
        const { status: got, type: gotType, body } = await sent.ok(() => true);
        const { code } = body as { code?: string };
        const asked = type === 'application/problem+json' ? [status, type, what] : [status, type, undefined];
        const answered = [got, gotType, gotType === 'application/problem+json' ? code : undefined];
        if (JSON.stringify(asked) !== JSON.stringify(answered)) wrong.push(`${name}: was ${answered.join(' ')}`);
        if (/[/+]json$/.test(gotType)) wrong.push(...check.check(place, { status: got, type: gotType, body }));
      }
    }
    expect(wrong).toEqual([]);
  });

  it('can be had by what is no request, at any address', async () => {
    const wrong: string[] = [];
    /** Sends what stands behind the first line of each operation, and expects this problem. */
    const sendAll = async (rest: string, expected: string, limits?: typeof IMPATIENT) => {
      const handler = createTestApp().callback();
      const server = await listen(
        (request, response) => void handler(request, response),
        { host: '127.0.0.1', port: 0 },
        limits,
      );
      const { port } = server.address() as AddressInfo;
      for (const place of places) {
        const line = `${place.method.toUpperCase()} ${place.path.replace(/[{}]/g, '')} HTTP/1.1`;
        const answer = await sendRaw(port, `${line}\r\nHost: x\r\n${rest}`);
        const { code } = answer.body as { code: string };
        if (code !== expected) wrong.push(`${line} is ${code} instead of ${expected}`);
        wrong.push(...check.check(place, answer));
      }
      await stopListening(server, 1000);
    };
    await sendAll('no header\r\n\r\n', 'malformed_request');
    await sendAll(`X-Long: ${'x'.repeat(1_000_000)}\r\n\r\n`, 'headers_too_large');
    await sendAll('', 'request_timeout', IMPATIENT);
    expect(wrong).toEqual([]);
  });
});

function breakDown(): never {
  throw new Error('a mistake of ours');
}
