import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as OTLP's JSON has it, with its attributes as plain values. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  /** Nanoseconds since the epoch, as text. */
  endTimeUnixNano: string;
  attributes: Record<string, unknown>;
  links: { traceId: string; spanId: string }[];
  /** Of the process that made it. */
  resource: Record<string, unknown>;
}

type Attributes = { key: string; value: Record<string, unknown> }[];
interface TraceRequest {
  resourceSpans: {
    resource: { attributes: Attributes };
    scopeSpans: { spans: (Omit<ReceivedSpan, 'attributes' | 'resource'> & { attributes: Attributes })[] }[];
  }[];
}

/** The smallest collector: takes OTLP/HTTP with JSON and keeps what came. */
export class TraceCollector {
  readonly spans: ReceivedSpan[] = [];
  /** Everything as it came over the wire. */
  text = '';
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      if (request.url === '/v1/traces') this.#keep(body);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });

  /** Starts it; returns the settings with which a worker sends its traces here. */
  async start(): Promise<Record<string, string>> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '200',
    };
  }

  /** Forgets what came so far. */
  clear(): void {
    this.spans.length = 0;
    this.text = '';
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #keep(body: string): void {
    this.text += body;
    const { resourceSpans } = JSON.parse(body) as TraceRequest;
    for (const { resource, scopeSpans } of resourceSpans) {
      const about = plain(resource.attributes);
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
        this.spans.push({ ...span, links: span.links ?? [], attributes: plain(span.attributes), resource: about });
      }
    }
  }
}

function plain(attributes: Attributes): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
