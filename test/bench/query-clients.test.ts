import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseMix } from '../../bench/stress/options';
import { runClients } from '../../bench/stress/query-clients';
import { Tally } from '../../bench/stress/tally';

/** Asks a server that answers as told, until it has been asked so often; what came of it. */
async function askUntil(count: number, answer: RequestListener, mix = 'search=1', key?: string) {
  const stop = new AbortController();
  const seen: { url: string; key: string | undefined }[] = [];
  const server = createServer((request, response) => {
    seen.push({ url: request.url!, key: request.headers.authorization });
    if (seen.length >= count) stop.abort();
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tally = new Tally();
  const options = { clients: 2, queryRate: 0, mix: parseMix(mix), minutes: 5 };
  const { asked } = await runClients({ apiUrl, key }, options, tally, stop.signal);
  server.close();
  return { seen, asked, figures: tally.figures() };
}

describe('query clients', () => {
  it('count every query that began, the ones under way at the end too', async () => {
    const { seen, asked, figures } = await askUntil(5, (_request, response) => response.end('{"logs":[]}'));
    expect(seen).toHaveLength(asked);
    expect(figures.search?.answered).toBe(asked);
  });

  it('ask for the context of a log only when one was found', async () => {
    const answer: RequestListener = (_request, response) => response.end('{"logs":[{"id":"01-0000-1"}]}');
    const { seen } = await askUntil(6, answer, 'context=1', 'a-key');
    expect(seen[0]!.url).toMatch(/^\/logs\?/);
    expect(seen.at(-1)!.url).toBe('/logs/01-0000-1/context?before=20');
    expect(new Set(seen.map((one) => one.key))).toEqual(new Set(['Bearer a-key']));
  });

  it('count errors by the code of the problem, by the status, and by what broke', async () => {
    const answers = [
      (response: Parameters<RequestListener>[1]) => response.writeHead(429).end('{"code":"rate_limited"}'),
      (response: Parameters<RequestListener>[1]) => response.writeHead(500).end('{}'),
      (response: Parameters<RequestListener>[1]) => response.end('<html>'),
      (response: Parameters<RequestListener>[1]) => response.destroy(),
    ];
    let count = 0;
    const { figures, asked } = await askUntil(4, (_request, response) => answers[count++ % 4]!(response));
    const { errors, answered } = figures.search!;
    expect(answered).toBe(0);
    expect(Object.keys(errors)).toEqual(
      expect.arrayContaining(['429 rate_limited', '500 without a code', 'SyntaxError']),
    );
    expect(Object.values(errors).reduce((sum, one) => sum + one, 0)).toBe(asked);
  });
});
