import { connect, type AddressInfo, type Socket } from 'node:net';
import { listen, stopListening } from '../../src/api/listen';
import { problemSchema } from '../../src/api/schemas/answers';

async function answerTo(send: (socket: Socket) => void): Promise<string> {
  const server = await listen((_, response) => response.write('half'), { host: '127.0.0.1', port: 0 });
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString()));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  // Whoever goes on sending longer than the rest is read for cannot write at last: the answer came before.
  socket.on('error', () => undefined);
  send(socket);
  await closed;
  await stopListening(server, 1000);
  return received;
}

describe('a connection that brings no request', () => {
  it.each([
    ['other words', 'HELO mail.example\r\n\r\n', 'malformed_request'],
    ['the start of TLS', '\x16\x03\x01\x02\x00\x01', 'malformed_request'],
    ['endless headers', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000_000)}`, 'headers_too_large'],
  ])('is told so when it sends %s', async (_, text, code) => {
    const [head, body] = (await answerTo((socket) => socket.end(text))).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 4\d\d [A-Z][\s\S]*Connection: close$/);
    expect(problemSchema.parse(JSON.parse(body!))).toMatchObject({ code, instance: '' });
  });

  it('gets no second answer into the middle of the first', async () => {
    const received = await answerTo((socket) => {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      socket.once('data', () => socket.write('nonsense\r\n\r\n'));
    });
    expect(received).toContain('half');
    expect(received).not.toContain('malformed_request');
  });
});
