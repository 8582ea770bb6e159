import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client } from '@elastic/elasticsearch';
import { createElasticsearch } from '../../src/elasticsearch/client';

/** One request as the fake server saw it. */
export interface SeenRequest {
  method: string;
  path: string;
  body: string;
}

/** An answer; `drop` cuts the connection without one. */
export type Answer = { status?: number; body?: unknown; type?: string } | 'drop' | 'hang';

/** An HTTP server in Elasticsearch's place that answers as a test says, and a client of ours for it. */
export class FakeElasticsearch {
  readonly seen: SeenRequest[] = [];
  answer: (request: SeenRequest) => Answer = () => ({ body: {} });
  readonly #server: Server;
  client!: Client;

  constructor() {
    this.#server = createServer((request, response) => {
      void readBody(request).then((body) => {
        const seen = { method: request.method!, path: request.url!, body };
        this.seen.push(seen);
        const answer = this.answer(seen);
        if (answer === 'hang') return;
        if (answer === 'drop') return request.socket.destroy();
        const {
          status = 200,
          body: content = {},
          type = 'application/vnd.elasticsearch+json;compatible-with=9',
        } = answer;
        response.writeHead(status, { 'content-type': type, 'x-elastic-product': 'Elasticsearch' });
        response.end(typeof content === 'string' ? content : JSON.stringify(content));
      });
    });
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.client = createElasticsearch({ url: this.url, requestTimeoutMs: 5000 });
    return this;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** Stops listening: from now on connections are refused. */
  async stopListening(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async close(): Promise<void> {
    await this.client.close();
    if (this.#server.listening) await this.stopListening();
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
