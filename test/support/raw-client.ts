import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { ApiProcess } from './api-process';

/** Connections to a process of the API as no library would make them, and what the process is like meanwhile. */
export class RawClient {
  readonly #port: number;

  constructor(private readonly api: ApiProcess) {
    this.#port = Number(new URL(api.url).port);
  }

  /** Opens a connection, of which nothing is read until somebody listens, and writes to it. */
  open(text: string): Socket {
    const socket = connect(this.#port, '127.0.0.1').on('error', () => undefined);
    socket.write(text);
    return socket;
  }

  /** All that comes back until the connection is closed by the other side. */
  async say(text: string): Promise<string> {
    return untilClosed(this.open(text));
  }

  /** Connections that the process holds for clients. */
  connections(): number {
    const port = this.#port.toString(16).toUpperCase().padStart(4, '0');
    const lines = readFileSync(`/proc/${this.api.child.pid}/net/tcp`, 'utf8').split('\n');
    // Established, or left by the client alone.
    return lines.filter((line) => new RegExp(`^\\s*\\d+: [0-9A-F]{8}:${port} \\S+ (01|08) `).test(line)).length;
  }

  /** The most resident memory that the process has had since it was forgotten, in MiB. */
  mostMemory(): number {
    const status = readFileSync(`/proc/${this.api.child.pid}/status`, 'utf8');
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024);
  }

  forgetMemory(): void {
    writeFileSync(`/proc/${this.api.child.pid}/clear_refs`, '5');
  }
}

/** All that a connection receives until the other side closes it. */
export function untilClosed(socket: Socket): Promise<string> {
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString()));
  return new Promise((resolve) => socket.once('close', () => resolve(received)));
}

/** Writes a piece now and then for as long as the connection lasts. */
export function drip(socket: Socket, text: string, everyMs = 300): void {
  const timer = setInterval(() => socket.write(text), everyMs);
  socket.once('close', () => clearInterval(timer));
}
