import { createServer, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { divideBulk, mergeAnswers } from '../../chaos/proxy/bulk-items';
import { HttpProxy } from '../../chaos/proxy/http-proxy';

const item = (id: number) => `{"index":{"_id":"${id}"}}\n{"n":${id}}\n`;

describe('an HTTP proxy in front of a node', () => {
  const asked: { method: string; url: string; body: string }[] = [];
  const refuse: boolean[] = [];
  let node: Server;
  let proxy: HttpProxy;
  let url: string;

  beforeEach(async () => {
    asked.length = 0;
    node = createServer((request, response) => {
      void buffer(request).then((body) => {
        asked.push({ method: request.method!, url: request.url!, body: body.toString() });
        const items = [...body.toString().matchAll(/"_id":"(\d+)"/g)].map(([, id]) => ({ index: { status: 201, id } }));
        response.writeHead(200, { 'x-elastic-product': 'Elasticsearch' }).end(JSON.stringify({ items }));
      });
    });
    await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve));
    proxy = new HttpProxy((node.address() as { port: number }).port, () => refuse.shift() ?? false);
    url = `http://127.0.0.1:${await proxy.listen()}`;
  });
  afterEach(async () => {
    await proxy.close();
    node.close();
    node.closeAllConnections();
  });

  const bulk = async (body: string) => {
    const response = await fetch(`${url}/logs/_bulk?filter_path=items`, { method: 'POST', body });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as { items: unknown[] },
    };
  };

  it('passes on', async () => {
    const { status, headers, body } = await bulk(item(1));
    expect({ status, product: headers.get('x-elastic-product') }).toEqual({ status: 200, product: 'Elasticsearch' });
    expect(body.items).toHaveLength(1);
    expect(asked).toEqual([{ method: 'POST', url: '/logs/_bulk?filter_path=items', body: item(1) }]);
  });

  it.each([401, 403, 429, 503] as const)('answers %s in the node’s stead', async (status) => {
    proxy.fault = { action: 'answer', status };
    const answer = await bulk(item(1));
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-elastic-product')).toBe('Elasticsearch');
    expect(asked).toEqual([]);
    proxy.fault = undefined;
    expect((await bulk(item(1))).status).toBe(200);
  });

  it('refuses single items and passes the others on', async () => {
    proxy.fault = { action: 'refuse_items', share: 0.5 };
    refuse.push(true, false, true, false);
    const { status, body } = await bulk([1, 2, 3, 4].map(item).join(''));
    expect(status).toBe(200);
    const refused = { index: expect.objectContaining({ status: 429 }) };
    expect(body.items).toEqual([
      refused,
      { index: { status: 201, id: '2' } },
      refused,
      { index: { status: 201, id: '4' } },
    ]);
    expect(asked.map(({ body: sent }) => sent)).toEqual([item(2) + item(4)]);
  });

  it('does not ask the node when all are refused', async () => {
    proxy.fault = { action: 'refuse_items', share: 1 };
    refuse.push(true, true);
    expect((await bulk(item(1) + item(2))).body.items).toHaveLength(2);
    expect(asked).toEqual([]);
  });

  it('breaks the connection when the node is away', async () => {
    node.close();
    node.closeAllConnections();
    await expect(bulk(item(1))).rejects.toThrow();
  });
});

test('a bulk body is divided and its answers are merged, in order', () => {
  const answers = [true, false, false];
  const { passed, refused } = divideBulk(Buffer.from(item(1) + item(2) + item(3)), () => answers.shift()!);
  expect(passed.toString()).toBe(item(2) + item(3));
  expect(refused).toEqual([true, false, false]);
  expect(mergeAnswers({ items: ['b', 'c'] }, refused).items.slice(1)).toEqual(['b', 'c']);
  expect(divideBulk(Buffer.alloc(0), () => true)).toEqual({ passed: Buffer.alloc(0), refused: [] });
});
