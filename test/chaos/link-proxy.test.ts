import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { LinkProxy } from '../../chaos/proxy/link-proxy';

/** A server that answers every chunk with `re:` and the chunk, and keeps what it was asked. */
async function startEcho() {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      asked.push(chunk.toString());
      socket.write(`re:${chunk.toString()}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    ...{ asked, port },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

class TestClient {
  received = '';
  closed = false;
  error: string | undefined;
  readonly #socket: Socket;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('data', (chunk) => (this.received += chunk.toString()));
    this.#socket.on('close', () => (this.closed = true));
    this.#socket.on('error', (error) => (this.error = (error as NodeJS.ErrnoException).code));
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  end(): void {
    this.#socket.end();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await pause(5);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a link proxy', () => {
  let echo: Awaited<ReturnType<typeof startEcho>>;
  let proxy: LinkProxy;
  let port: number;
  const clients: TestClient[] = [];
  const open = () => {
    const client = new TestClient(port);
    clients.push(client);
    return client;
  };

  beforeEach(async () => {
    echo = await startEcho();
    proxy = new LinkProxy(echo.port);
    port = await proxy.listen();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await proxy.close();
    echo.close();
  });

  it('passes everything on, and the end as well', async () => {
    const client = open();
    client.send('one');
    await client.until(() => client.received === 're:one');
    client.end();
    await client.until(() => client.closed);
    expect(client.error).toBeUndefined();
  });

  it('delays', async () => {
    const client = open();
    proxy.fault = { action: 'delay', ms: 60 };
    const before = performance.now();
    client.send('one');
    await client.until(() => client.received === 're:one');
    expect(performance.now() - before).toBeGreaterThanOrEqual(115);
  });

  it('throttles, not beyond the end of the fault', async () => {
    const client = open();
    proxy.fault = { action: 'throttle', bytesPerSecond: 0.001 };
    client.send('one');
    await pause(50);
    expect(echo.asked).toEqual([]);
    proxy.fault = undefined;
    await client.until(() => client.received === 're:one');
  });

  it('resets what is open and what comes, and heals', async () => {
    const client = open();
    client.send('one');
    await client.until(() => client.received === 're:one');
    proxy.fault = { action: 'reset' };
    await client.until(() => client.closed);
    expect(client.error).toBe('ECONNRESET');
    const next = open();
    await next.until(() => next.closed);
    proxy.fault = undefined;
    const healed = open();
    healed.send('two');
    await healed.until(() => healed.received === 're:two');
  });

  it('holds both ways in a black hole and delivers after it', async () => {
    const client = open();
    client.send('one');
    await client.until(() => client.received === 're:one');
    proxy.fault = { action: 'black_hole', holds: 'both' };
    client.send('two');
    await pause(50);
    expect(echo.asked).toEqual(['one']);
    expect(client.closed).toBe(false);
    proxy.fault = undefined;
    await client.until(() => client.received === 're:onere:two');
  });

  it('holds the answers only, where told so', async () => {
    const client = open();
    client.send('one');
    await client.until(() => client.received === 're:one');
    proxy.fault = { action: 'black_hole', holds: 'responses' };
    client.send('two');
    await client.until(() => echo.asked.length === 2);
    await pause(30);
    expect(client.received).toBe('re:one');
    proxy.fault = undefined;
    await client.until(() => client.received === 're:onere:two');
  });

  it('drops the answer to what was processed', async () => {
    const client = open();
    client.send('one');
    await client.until(() => client.received === 're:one');
    proxy.fault = { action: 'drop_response' };
    client.send('two');
    await client.until(() => client.closed);
    expect(echo.asked).toEqual(['one', 'two']);
    expect(client.received).toBe('re:one');
  });

  it('closes the client’s connection where nothing listens', async () => {
    echo.close();
    await pause(10);
    const client = open();
    await client.until(() => client.closed);
  });

  it('closes with connections held', async () => {
    proxy.fault = { action: 'black_hole', holds: 'both' };
    const client = open();
    client.send('one');
    await pause(20);
    await proxy.close();
    await client.until(() => client.closed);
    proxy = new LinkProxy(echo.port);
    port = await proxy.listen();
  });
});

test('a server’s listen error is told', async () => {
  const taken = createServer();
  await once(taken.listen(0, '127.0.0.1'), 'listening');
  const proxy = new LinkProxy(1);
  await expect(proxy.listen((taken.address() as { port: number }).port)).rejects.toThrow('EADDRINUSE');
  taken.close();
});
