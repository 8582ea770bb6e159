import type { Server } from 'node:http';
import type { Socket } from 'node:net';

interface Progress {
  taken: number;
  since: number;
}

/**
 * Cuts clients that do not take what they are sent: those that in `stallMs` took not one piece of an answer that waits for
 * them. What is sent in pieces, such as a stream, may take as long as it likes while it moves.
 *
 * @param everyMs how often to look
 */
export function cutSlowReaders(server: Server, { stallMs, everyMs }: { stallMs: number; everyMs: number }): void {
  const sockets = new Map<Socket, Progress>();
  server.on('connection', (socket: Socket) => {
    sockets.set(socket, { taken: 0, since: performance.now() });
    socket.once('close', () => sockets.delete(socket));
  });
  const timer = setInterval(() => {
    const now = performance.now();
    for (const [socket, progress] of sockets) {
      const waiting = socket.writableLength;
      const taken = socket.bytesWritten - waiting;
      if (waiting === 0 || taken !== progress.taken) sockets.set(socket, { taken, since: now });
      else if (now - progress.since >= stallMs) socket.destroy();
    }
  }, everyMs);
  timer.unref();
  server.once('close', () => clearInterval(timer));
}
