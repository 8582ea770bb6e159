import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../logger';

/** Media type of Prometheus's text format. */
const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

/** Ports tried when the wanted one is taken: several workers run on one machine. */
const PORTS_TRIED = 10;

export interface MetricsEndpoint {
  port: number;
  close(): Promise<void>;
}

/**
 * Answers GET /metrics with what `collect` gives. A port that is taken gives way to the next free one; when none is
 * free, or the address is not this machine's, the process goes on without and says so.
 *
 * @param port 0 takes any free one
 */
export async function serveMetrics(
  { host, port }: { host: string; port: number },
  collect: () => Promise<string>,
  logger: Pick<Logger, 'info' | 'warn'>,
): Promise<MetricsEndpoint | undefined> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path !== '/metrics' || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('only GET /metrics is here\n');
      return;
    }
    collect().then(
      (text) => response.writeHead(200, { 'Content-Type': TEXT_FORMAT }).end(text),
      (error: unknown) => {
        logger.warn({ reason: (error as Error).message }, 'metrics not collected');
        response.writeHead(500, { 'Content-Type': 'text/plain' }).end('metrics could not be collected\n');
      },
    );
  });
  // Nothing that watches the process keeps it alive.
  server.unref();
  const ports =
    port === 0 ? [0] : Array.from({ length: PORTS_TRIED }, (_, step) => port + step).filter((one) => one < 65_536);
  const failure = await listenOnFirst(server, host, ports);
  if (failure) {
    logger.warn(
      { host, port, reason: failure },
      'no metrics: set WORKER_METRICS_HOST and WORKER_METRICS_PORT to a free address',
    );
    return undefined;
  }
  const bound = (server.address() as AddressInfo).port;
  if (port !== 0 && bound !== port)
    logger.warn({ host, wanted: port, port: bound }, 'metrics port taken, using the next');
  logger.info({ host, port: bound }, 'metrics served');
  return { port: bound, close: () => close(server) };
}

/** @returns why none of them could be had, undefined when one could */
async function listenOnFirst(server: Server, host: string, ports: readonly number[]): Promise<string | undefined> {
  let reason = 'no port';
  for (const port of ports) {
    const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      const failed = (error: NodeJS.ErrnoException) => resolve(error);
      server.once('error', failed);
      server.listen(port, host, () => {
        server.off('error', failed);
        resolve(undefined);
      });
    });
    if (!failure) return undefined;
    reason = failure.message;
    if (failure.code !== 'EADDRINUSE') break;
  }
  return reason;
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
