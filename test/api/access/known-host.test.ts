import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { listen, stopListening } from '../../../src/api/listen';
import { problemSchema } from '../../../src/api/schemas/answers';
import { client, createTestApp, fakeWorkflows } from '../fakes';

describe('the Host header', () => {
  it.each([
    '127.0.0.1',
    '127.0.0.1:8000',
    'localhost',
    'LOCALHOST:8000',
    '[::1]:8000',
    'logs.example',
    'logs.example:443',
  ])('may be %s', async (host) => {
    await client().get('/').set('Host', host).expect(200);
  });

  it.each([
    'evil.example',
    'evil.example:8000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'logs.example.evil.example',
    'evil-logs.example',
    '10.0.0.1',
    '[::2]',
    'localhost@evil.example',
    'evil.example#localhost',
    '127.0.0.1, evil.example',
    '0x7f000001',
    ' ',
  ])('%p is refused with 421, whatever is asked for', async (host) => {
    const workflows = fakeWorkflows({});
    const app = client({ workflows });
    const { body } = await app.get('/logs').set('Host', host).expect(421);
    expect(problemSchema.parse(body).code).toBe('unknown_host');
    await app.get('/docs/').set('Host', host).expect(421);
    await app.post('/pipeline/pause').set('Host', host).send({}).expect(421);
    expect(workflows.sent).toEqual([]);
  });

  it.each([
    ['none', ''],
    ['two', 'Host: localhost\r\nhost: localhost\r\n'],
  ])('must be one: %s is refused with 400, which says so', async (_, headers) => {
    const handler = createTestApp().callback();
    const server = await listen((request, response) => void handler(request, response), { host: '127.0.0.1', port: 0 });
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(`GET / HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`);
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    const body = JSON.parse(answer.slice(answer.indexOf('{'))) as unknown;
    expect(problemSchema.parse(body).code).toBe('malformed_request');
    await stopListening(server, 0);
  });

  it('counts, and not what a proxy says of it', async () => {
    await client().get('/').set('X-Forwarded-Host', 'evil.example').expect(200);
    await client().get('/').set('Host', 'evil.example').set('X-Forwarded-Host', 'localhost').expect(421);
  });
});

describe('the origin of an order', () => {
  const order = (headers: Record<string, string>) => {
    const workflows = fakeWorkflows({});
    return { workflows, request: client({ workflows }).post('/pipeline/pause').set(headers).send({}) };
  };

  it.each([
    ['none, as of a command', {}],
    ['a listed one', { Origin: 'https://explorer.example' }],
    ['our own', { Host: 'localhost:8000', Origin: 'http://localhost:8000' }],
    ['our own behind a proxy that speaks TLS', { Host: 'logs.example', Origin: 'https://logs.example' }],
  ])('may be %s', async (_, headers) => {
    const { workflows, request } = order(headers);
    await request.expect(200);
    expect(workflows.sent).toHaveLength(1);
  });

  it.each([
    'https://evil.example',
    'null',
    'http://localhost:9999',
    'https://explorer.example.evil.example',
    '%',
    'file://',
  ])('%s is refused with 403', async (origin) => {
    const { workflows, request } = order({ Host: 'localhost:8000', Origin: origin });
    const { body } = await request.expect(403);
    expect(problemSchema.parse(body).code).toBe('foreign_origin');
    expect(workflows.sent).toEqual([]);
  });
});

describe('a form of another site', () => {
  it.each(['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain', ''])(
    'cannot order anything with %p, even from a browser that names no origin',
    async (type) => {
      const workflows = fakeWorkflows({});
      const request = client({ workflows }).post('/pipeline/pause');
      const { body } = await (type ? request.set('Content-Type', type).send('{}=') : request).expect(415);
      expect(problemSchema.parse(body).code).toBe('unsupported_media_type');
      expect(workflows.sent).toEqual([]);
    },
  );
});
