import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** An answer in the server's place; undefined lets the request through. */
export type Interception = { status: number; body: unknown } | undefined;

/**
 * What befalls a request: it is passed on, at once or after a while, whatever its sender does meanwhile; its connection is
 * cut, as when nobody is there; or nobody ever answers.
 */
export type Fate = 'passed' | 'cut' | 'swallowed' | { lateMs: number };

/** A plain proxy in front of the real node, that answers some requests itself. */
export class ElasticsearchProxy {
  /** Asked for every request; the body is there when the path is a bulk. */
  intercept: (path: string, body: string) => Interception = () => undefined;
  /** Asked for every request that is not intercepted. */
  fate: (path: string) => Fate = () => 'passed';
  /** Every bulk request, by when it came. */
  readonly bulks: { path: string; at: number }[] = [];
  readonly #server: Server;

  constructor(private readonly target: string) {
    this.#server = createServer((incoming, answer) => void this.#pass(incoming, answer));
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #pass(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    if (incoming.url!.includes('/_bulk')) this.bulks.push({ path: incoming.url!, at: Date.now() });
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const own = this.intercept(incoming.url!, body.toString());
    if (own) {
      answer.writeHead(own.status, {
        'content-type': 'application/vnd.elasticsearch+json;compatible-with=9',
        'x-elastic-product': 'Elasticsearch',
      });
      answer.end(JSON.stringify(own.body));
      return;
    }
    const fate = this.fate(incoming.url!);
    if (fate === 'swallowed') return;
    if (fate === 'cut') {
      incoming.socket.destroy();
      return;
    }
    if (fate !== 'passed') await sleep(fate.lateMs);
    const { method, headers } = incoming;
    const passed = request(this.target + incoming.url!, { method, headers }, (response) => {
      answer.writeHead(response.statusCode!, response.headers);
      response.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    passed.end(body);
  }
}
