import { createServer, type RequestListener, type Server } from 'node:http';
import { isIP } from 'node:net';
import { oneAtATime } from './one-at-a-time';
import { refuseMalformed } from './refuse-malformed';
import { cutSlowReaders } from './slow-readers';

/** Slow or silent clients are cut after these times, in milliseconds. */
const LIMITS = {
  headersTimeout: 8000,
  requestTimeout: 20_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1000,
  /** A client that takes not one piece of its answer for so long. */
  stallMs: 30_000,
  /** Bytes that may wait for all clients together. */
  waitingBytes: 32 * 1024 * 1024,
};
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_HEADERS = 100;
const SWEEP_MS = 50;

export interface ListenSettings {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** More connections are closed at once. */
  maxConnections?: number;
}

/**
 * Listens, and resolves once connections are taken.
 *
 * @throws Error of the socket, such as EADDRINUSE
 */
export async function listen(
  handler: RequestListener,
  { host, port, maxConnections = 2000 }: ListenSettings,
  limits: Omit<typeof LIMITS, 'waitingBytes'> & { waitingBytes?: number } = LIMITS,
): Promise<Server> {
  const { stallMs, waitingBytes = LIMITS.waitingBytes, ...timeouts } = limits;
  const inTurn = oneAtATime(handler);
  // A request without a Host is refused where there is a problem to say it with.
  const options = { ...timeouts, maxHeaderSize: MAX_HEADER_BYTES, requireHostHeader: false };
  const server = createServer(options, inTurn);
  refuseMalformed(server);
  // An expectation that nobody knows is no reason to refuse.
  server.on('checkExpectation', inTurn);
  server.maxHeadersCount = MAX_HEADERS;
  server.maxConnections = maxConnections;
  cutSlowReaders(server, { stallMs, waitingBytes, everyMs: limits.connectionsCheckingInterval });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}

/** Takes no more connections, and resolves when the requests under way are answered or `graceMs` have passed. */
export async function stopListening(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that becomes idle after its last answer would be kept for the next request, which never comes.
  const sweeper = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweeper);
  clearTimeout(timer);
}

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (bare === 'localhost' || bare === '::1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}

/**
 * Decides whether the API may listen there: beyond loopback only with API keys.
 *
 * @returns true when it may only because it was allowed by setting, which deserves a warning
 * @throws Error that names the settings
 */
export function checkBind(host: string, { hasKeys, allowed }: { hasKeys: boolean; allowed: boolean }): boolean {
  if (isLoopback(host) || hasKeys) return false;
  if (allowed) return true;
  throw new Error(
    `API_HOST=${host} can be reached from other machines and the API has no keys: set API_KEYS_FILE to a file made by ` +
      '`sluice keys create`, use 127.0.0.1, or set API_ALLOW_UNAUTHENTICATED_BIND=true where something else keeps ' +
      'strangers out',
  );
}
