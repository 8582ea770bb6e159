import { Agent, createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { HttpFault } from '../plan/faults';
import { divideBulk, mergeAnswers } from './bulk-items';

const ERROR_TYPES = {
  401: 'security_exception',
  403: 'security_exception',
  429: 'circuit_breaking_exception',
  503: 'unavailable_shards_exception',
} as const;

/**
 * An HTTP proxy in front of an Elasticsearch node on loopback. It passes everything on until it is told to answer in
 * the node's stead, or to refuse single items of bulk requests.
 */
export class HttpProxy {
  fault: HttpFault | undefined;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server: Server;

  /** @param chance true with the probability given */
  constructor(
    private readonly upstreamPort: number,
    private readonly chance: (probability: number) => boolean,
  ) {
    this.#server = createServer((incoming, outgoing) => {
      this.#handle(incoming, outgoing).catch(() => outgoing.destroy());
    });
    this.#server.keepAliveTimeout = 60_000;
  }

  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return (this.#server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const { fault } = this;
    if (fault?.action === 'answer') return refuse(outgoing, fault.status);
    const isBulk = incoming.method === 'POST' && new URL(incoming.url!, 'http://node').pathname.endsWith('/_bulk');
    if (fault?.action === 'refuse_items' && isBulk) {
      await this.#refuseItems(incoming, outgoing, body, fault.share);
      return;
    }
    const answer = await this.#forward(incoming, body);
    outgoing.writeHead(answer.statusCode!, answer.rawHeaders);
    answer.pipe(outgoing);
    answer.once('error', () => outgoing.destroy());
  }

  async #refuseItems(incoming: IncomingMessage, outgoing: ServerResponse, body: Buffer, share: number): Promise<void> {
    const { passed, refused } = divideBulk(body, () => this.chance(share));
    let answer: { items?: unknown[] } = {};
    if (passed.length > 0) {
      const response = await this.#forward(incoming, passed);
      const text = await buffer(response);
      if (response.statusCode !== 200) {
        outgoing.writeHead(response.statusCode!, response.rawHeaders).end(text);
        return;
      }
      answer = JSON.parse(text.toString()) as typeof answer;
    }
    sendJson(outgoing, 200, mergeAnswers(answer, refused));
  }

  #forward(incoming: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = { ...incoming.headers, 'content-length': String(body.length) };
      delete headers['transfer-encoding'];
      const { method, url: path } = incoming;
      const onwards = request(
        { host: '127.0.0.1', port: this.upstreamPort, agent: this.#agent, method, path, headers },
        resolve,
      );
      onwards.once('error', reject);
      onwards.end(body);
    });
  }
}

function refuse(outgoing: ServerResponse, status: keyof typeof ERROR_TYPES): void {
  const type = ERROR_TYPES[status];
  const error = { type, reason: 'answered by the chaos proxy', root_cause: [{ type, reason: 'chaos' }] };
  sendJson(outgoing, status, { error, status });
}

/** As the node answers: the client refuses what does not say that it is Elasticsearch. */
function sendJson(outgoing: ServerResponse, status: number, body: unknown): void {
  const headers = {
    'content-type': 'application/vnd.elasticsearch+json;compatible-with=9',
    'x-elastic-product': 'Elasticsearch',
  };
  outgoing.writeHead(status, headers).end(JSON.stringify(body));
}
