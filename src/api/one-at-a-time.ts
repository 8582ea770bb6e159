import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Answers the requests of one connection one after the other. Those that were sent ahead (pipelined) would all be worked on
 * at once, and their answers kept until the first one is read, outside all limits.
 */
export function oneAtATime(handler: RequestListener): RequestListener {
  const latest = new WeakMap<Socket, ServerResponse>();
  return (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const before = latest.get(socket);
    latest.set(socket, response);
    if (!before || before.closed) return handler(request, response);
    before.once('close', () => {
      if (!socket.destroyed) handler(request, response);
    });
  };
}
