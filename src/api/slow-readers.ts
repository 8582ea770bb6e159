import type { Server } from 'node:http';
import type { Socket } from 'node:net';

interface Progress {
  taken: number;
  since: number;
}

const GUARD_MS = 100;

interface Patience {
  stallMs: number;
  /** What may wait for all clients together. */
  waitingBytes: number;
  /** How often to look. */
  everyMs: number;
}

/**
 * Cuts clients that do not take what they are sent: those that in `stallMs` took not one piece of an answer that waits for
 * them, and, while more waits for all of them together than may, those that most waits for. What is sent in pieces, such as
 * a stream, may take as long as it likes while it moves.
 */
export function cutSlowReaders(server: Server, { stallMs, waitingBytes, everyMs }: Patience): void {
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
  // More often: what waits can grow by much in a second.
  const guard = setInterval(() => cutGreediest([...sockets.keys()], waitingBytes), Math.min(everyMs, GUARD_MS));
  for (const one of [timer, guard]) {
    one.unref();
    server.once('close', () => clearInterval(one));
  }
}

function cutGreediest(sockets: readonly Socket[], waitingBytes: number): void {
  const waiting = sockets.map((socket) => ({ socket, bytes: socket.destroyed ? 0 : socket.writableLength }));
  let sum = waiting.reduce((bytes, one) => bytes + one.bytes, 0);
  if (sum <= waitingBytes) return;
  for (const { socket, bytes } of waiting.sort((a, b) => b.bytes - a.bytes)) {
    if (sum <= waitingBytes) return;
    socket.destroy();
    sum -= bytes;
  }
}
