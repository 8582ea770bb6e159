import { connect, type AddressInfo } from 'node:net';
import { checkBind, isLoopback, listen, stopListening } from '../../src/api/listen';

const SHORT = {
  headersTimeout: 100,
  requestTimeout: 200,
  keepAliveTimeout: 1000,
  connectionsCheckingInterval: 20,
  stallMs: 100,
};

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.9.9.9', 'localhost', '::1', '[::1]'])('is true for %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'example.com', '127.0.0.1.example.com', ''])('is false for %p', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

describe('checkBind', () => {
  it('refuses an address that others can reach, and names the settings', () => {
    expect(() => checkBind('0.0.0.0', { hasKeys: false, allowed: false })).toThrow(
      /API_HOST=0\.0\.0\.0.*API_KEYS_FILE.*API_ALLOW_UNAUTHENTICATED_BIND=true/,
    );
  });

  it('lets an API with keys listen anywhere', () => {
    expect(checkBind('0.0.0.0', { hasKeys: true, allowed: false })).toBe(false);
  });

  it('asks for a warning when it was allowed', () => {
    expect(checkBind('0.0.0.0', { hasKeys: false, allowed: true })).toBe(true);
    expect(checkBind('127.0.0.1', { hasKeys: false, allowed: true })).toBe(false);
  });
});

describe('listen', () => {
  it('cuts a client that sends its headers too slowly', async () => {
    const server = await listen((_, response) => response.end('hello'), { host: '127.0.0.1', port: 0 }, SHORT);
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
    const answer = await new Promise<string>((resolve) => {
      let received = '';
      socket.on('data', (chunk) => (received += chunk.toString()));
      socket.on('close', () => resolve(received));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    await stopListening(server, 1000);
  });

  it('fails when the port is taken', async () => {
    const server = await listen(() => undefined, { host: '127.0.0.1', port: 0 });
    const { port } = server.address() as AddressInfo;
    await expect(listen(() => undefined, { host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await stopListening(server, 1000);
  });
});

describe('stopListening', () => {
  it('lets a request under way finish', async () => {
    let finish = () => {};
    let arrived = () => {};
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    const server = await listen(
      (_, response) => {
        finish = () => response.end('done');
        arrived();
      },
      { host: '127.0.0.1', port: 0 },
    );
    const answer = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`).then((response) =>
      response.text(),
    );
    await arrival;
    const stopped = stopListening(server, 5000);
    finish();
    expect(await answer).toBe('done');
    await stopped;
  });

  it('cuts a request that outlasts the grace', async () => {
    const server = await listen(() => undefined, { host: '127.0.0.1', port: 0 });
    const answer = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await new Promise((resolve) => server.once('request', resolve));
    await Promise.all([expect(answer).rejects.toThrow(), stopListening(server, 10)]);
  });
});
