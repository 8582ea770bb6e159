import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApiClient } from '../../local/api-client';

let server: Server;
let asked: string | undefined;
let answer: { status: number; body: unknown };

beforeEach(async () => {
  server = createServer((request, response) => {
    asked = request.url;
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const client = () => createApiClient((server.address() as AddressInfo).port);

describe('createApiClient', () => {
  test('a search sends its parameters and returns the logs', async () => {
    answer = { status: 200, body: { logs: [{ request_id: 'a b' }] } };
    expect(await client().search({ request_id: 'a b', size: '1' })).toEqual([{ request_id: 'a b' }]);
    expect(asked).toBe('/logs?request_id=a+b&size=1');
  });

  test('a health answer of 503 is an answer', async () => {
    answer = { status: 503, body: { status: 'down' } };
    expect(await client().health()).toEqual({ status: 'down' });
  });

  test('an error answer is thrown with its reason', async () => {
    answer = { status: 503, body: { detail: 'Elasticsearch is down.' } };
    await expect(client().stats('now-15m')).rejects.toThrow(
      'GET /logs/stats?from=now-15m was answered with 503: Elasticsearch is down.',
    );
  });

  test('an API that does not listen is an error', async () => {
    const gone = client();
    await new Promise((resolve) => server.close(resolve));
    await expect(gone.pipeline()).rejects.toThrow();
  });
});
