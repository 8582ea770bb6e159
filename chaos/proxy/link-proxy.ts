import { createServer, connect, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LinkFault } from '../plan/faults';
import { Change } from './change';

/** How long the answer's connection stays open with the answer swallowed. */
const DROP_AFTER_MS = 50;

/**
 * A TCP proxy between two processes that passes every byte on until it is told to misbehave. It listens on loopback and
 * connects to `upstreamPort` there, one connection for each of the client's.
 */
export class LinkProxy {
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  #fault: LinkFault | undefined;
  readonly #changed = new Change();

  constructor(private readonly upstreamPort: number) {
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  /** Listens on a port, or on any free one; gives the port. */
  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return (this.#server.address() as { port: number }).port;
  }

  get fault(): LinkFault | undefined {
    return this.#fault;
  }

  /** Misbehaves from now on; undefined heals. */
  set fault(fault: LinkFault | undefined) {
    this.#fault = fault;
    this.#changed.happen();
    if (fault?.action === 'reset') for (const connection of this.#connections) connection.reset();
  }

  async close(): Promise<void> {
    this.fault = undefined;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }

  #accept(client: Socket): void {
    if (this.#fault?.action === 'reset') {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const connection = new Connection(
      client,
      connect({ port: this.upstreamPort, host: '127.0.0.1', allowHalfOpen: true }),
    );
    this.#connections.add(connection);
    connection.onEnd(() => this.#connections.delete(connection));
    void this.#pass(connection, 'requests');
    void this.#pass(connection, 'responses');
  }

  async #pass(connection: Connection, direction: 'requests' | 'responses'): Promise<void> {
    const { client, upstream } = connection;
    const [from, to] = direction === 'requests' ? [client, upstream] : [upstream, client];
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        if (!(await this.#admit(connection, direction, chunk.length))) return;
        if (!to.write(chunk)) await drained(to);
      }
      to.end();
    } catch {
      connection.destroy();
    }
  }

  /** Waits as long as the fault wants; false when the bytes must not pass. */
  async #admit(connection: Connection, direction: 'requests' | 'responses', bytes: number): Promise<boolean> {
    for (;;) {
      const fault = this.#fault;
      if (!fault) return true;
      switch (fault.action) {
        case 'delay':
          await sleep(fault.ms);
          return true;
        case 'throttle':
          // Not beyond the end of the fault.
          await Promise.race([
            sleep((bytes / fault.bytesPerSecond) * 1000, undefined, { ref: false }),
            this.#changed.next,
          ]);
          return true;
        case 'black_hole':
          if (fault.holds === 'responses' && direction === 'requests') return true;
          await this.#changed.next;
          if (connection.ended) return false;
          continue;
        case 'drop_response':
          if (direction === 'requests') return true;
          await sleep(DROP_AFTER_MS);
          connection.destroy();
          return false;
        case 'reset':
          connection.reset();
          return false;
      }
    }
  }
}

/** The client's socket and ours, which live and die together. */
class Connection {
  ended = false;
  #listeners: (() => void)[] = [];

  constructor(
    readonly client: Socket,
    readonly upstream: Socket,
  ) {
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.destroy());
      socket.on('close', () => {
        // Half a connection that was closed in order may still have bytes on their way to the other side.
        if (client.destroyed && upstream.destroyed) this.#end();
      });
    }
  }

  onEnd(listener: () => void): void {
    this.#listeners.push(listener);
  }

  destroy(): void {
    this.client.destroy();
    this.upstream.destroy();
    this.#end();
  }

  reset(): void {
    this.client.resetAndDestroy();
    this.upstream.destroy();
    this.#end();
  }

  #end(): void {
    if (this.ended) return;
    this.ended = true;
    for (const listener of this.#listeners) listener();
  }
}

async function drained(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
}
