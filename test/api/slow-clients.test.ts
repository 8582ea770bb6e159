import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { listen, stopListening } from '../../src/api/listen';
import { waitFor } from '../support/wait-for';
import { createTestApp } from './fakes';

const SHORT = {
  ...{ headersTimeout: 150, requestTimeout: 300, keepAliveTimeout: 100, connectionsCheckingInterval: 20 },
  stallMs: 200,
};
const api = createTestApp().callback();
const answerApi: RequestListener = (request, response) => void api(request, response);
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await stopListening(server, 0);
});

async function serve(handler: RequestListener = answerApi, settings = {}, waitingBytes = 1e9): Promise<() => Socket> {
  const server = await listen(handler, { host: '127.0.0.1', port: 0, ...settings }, { ...SHORT, waitingBytes });
  servers.push(server);
  return () => connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
}

/** All that a connection receives until the server closes it. */
function untilClosed(socket: Socket): Promise<string> {
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString()));
  return new Promise((resolve) => socket.once('close', () => resolve(received)));
}

/** Writes a byte whenever the last one has gone out, for as long as the server listens. */
function drip(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), 10);
  socket.once('close', () => clearInterval(timer));
}

describe('a client that is slow', () => {
  it('is cut when its headers drip', async () => {
    const socket = (await serve())();
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
    drip(socket, 'X-A: 1\r\n');
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 4(08|31) /);
  });

  it('is cut when its body drips, and orders nothing', async () => {
    const socket = (await serve())();
    socket.write(
      'POST /pipeline/pause HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n{',
    );
    drip(socket, ' ');
    expect(await untilClosed(socket)).not.toMatch(/ 200 /);
  });

  it('is cut when it says nothing at all', async () => {
    const socket = (await serve())();
    expect(await untilClosed(socket)).toMatch(/^(HTTP\/1\.1 408 .*)?/);
  });

  it('is cut when it keeps its connection after an answer and asks no more', async () => {
    const socket = (await serve())();
    socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each(['/whole', '/pieces'])('is cut when it does not read what it asked for: %s', async (path) => {
    const piece = Buffer.alloc(1_000_000, 'x');
    const open = await serve((_, response) => {
      if (path === '/whole') return void response.end(Buffer.alloc(20_000_000, 'x'));
      const send = () => {
        while (response.write(piece));
        response.once('drain', send);
      };
      send();
    });
    const accepted = once(servers[0]!, 'connection') as Promise<[Socket]>;
    // Nobody listens for data, so nothing is read.
    open().write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const [serverSide] = await accepted;
    await once(serverSide, 'close');
    expect(serverSide.destroyed).toBe(true);
  });

  it('is cut when too much waits for all clients together, and those first that most waits for', async () => {
    const sizes: Record<string, number> = { '/small': 8_000_000, '/large': 30_000_000 };
    const cut: string[] = [];
    const answer: RequestListener = ({ url, socket }, response) => {
      socket.once('close', () => cut.push(url!));
      response.end(Buffer.alloc(sizes[url!]!, 'x'));
    };
    const open = await serve(answer, {}, 30e6);
    // Neither reads; in all it is too much, and without the large one it is not.
    for (const path of ['/small', '/large']) open().write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await waitFor(async () => cut.length > 0);
    expect(cut[0]).toBe('/large');
  });

  it('is not cut while it reads, or waits for what comes now and then', async () => {
    const open = await serve((_, response) => {
      let left = 20;
      const timer = setInterval(() => {
        response.write('x'.repeat(1000));
        if ((left -= 1) > 0) return;
        clearInterval(timer);
        response.end('END');
      }, 30);
    });
    const socket = open();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await untilClosed(socket)).toContain('END');
  });
});

describe('a client that sends or opens too much', () => {
  it('has requests that it sends ahead worked on one after the other, and those that it leaves behind not at all', async () => {
    const under = { way: 0, most: 0, all: 0, left: 0 };
    const open = await serve(({ socket }, response) => {
      under.most = Math.max(under.most, (under.way += 1));
      under.all += 1;
      response.once('finish', () => (under.way -= 1));
      socket.once('close', () => (under.left += 1)).setMaxListeners(100);
      setImmediate(() => response.end('x'.repeat(100_000)));
    });
    const ahead = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(50);
    const reading = open();
    reading.write(ahead);
    const answers = await untilClosed(reading);
    expect(answers.match(/HTTP\/1\.1 200/g)).toHaveLength(50);
    expect(under).toMatchObject({ most: 1, all: 50 });
    const leaving = open();
    leaving.write(ahead);
    await once(leaving, 'data');
    leaving.destroy();
    await waitFor(async () => under.left > 50);
    expect(under.all).toBeLessThan(100);
  });

  it('is answered 431 to headers of more than 16 kB', async () => {
    const socket = (await serve())();
    socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`);
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('has its connections beyond the limit closed, and others are answered again when some are free', async () => {
    const open = await serve(answerApi, { maxConnections: 3 });
    const held = [open(), open(), open()];
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    expect(await untilClosed(open())).toBe('');
    held.forEach((socket) => socket.destroy());
    await Promise.all(held.map((socket) => once(socket, 'close')));
    const answered = async () => {
      const socket = open();
      socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      return untilClosed(socket);
    };
    let answer = '';
    while (answer === '') answer = await answered();
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each(['Content-Length: 5\r\nTransfer-Encoding: chunked', 'Content-Length: 5\r\nContent-Length: 6'])(
    'is refused when it does not say clearly where its request ends: %j',
    async (headers) => {
      const socket = (await serve())();
      socket.write(`POST /pipeline/pause HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n0\r\n\r\n`);
      expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 400 /);
    },
  );
});
