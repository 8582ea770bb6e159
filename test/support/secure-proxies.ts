import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect, constants, createSecureServer, type Http2SecureServer, type ServerHttp2Stream } from 'node:http2';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const API_KEY = 'open-sesame-key';

/** Test certificates: an authority, a server and a client of it, a server out of date, and another authority. */
export class Certificates {
  readonly folder = mkdtempSync(join(tmpdir(), 'sluice-tls-'));

  constructor() {
    for (const name of ['ca', 'other-ca']) {
      this.#openssl('req', '-x509', ...NEW_KEY, '-days', '2', '-subj', `/CN=${name}`, ...out(name));
    }
    this.#sign('server', 'ca', 2);
    this.#sign('client', 'ca', 2);
    this.#sign('expired', 'ca', -1);
    this.#sign('stranger', 'other-ca', 2);
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  pair(name: string) {
    return { cert: readFileSync(this.file(`${name}.pem`)), key: readFileSync(this.file(`${name}.key`)) };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  #sign(name: string, ca: string, days: number): void {
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
    this.#openssl('req', ...NEW_KEY, '-subj', `/CN=${name}`, ...names, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    const by = ['-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-CAcreateserial', '-copy_extensions', 'copy'];
    this.#openssl('x509', '-req', '-days', String(days), '-in', `${name}.csr`, ...by, '-out', `${name}.pem`);
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: 'pipe' });
  }
}

const NEW_KEY = ['-newkey', 'rsa:2048', '-nodes'];
const out = (name: string) => ['-keyout', `${name}.key`, '-out', `${name}.pem`];

interface Demands {
  /** Name of the server's certificate. */
  server?: string;
  /** Whether clients must bring a certificate of the authority. */
  client?: boolean;
}

interface Proxy {
  /** host:port */
  address: string;
  close: () => Promise<void>;
}

/** TLS in front of a plain Elasticsearch; without the API key it answers 401 as Elasticsearch does. */
export async function openElasticsearchProxy(target: string, certificates: Certificates, demands: Demands = {}) {
  const server = createServer(tlsOf(certificates, demands), (incoming, answer) => {
    if (incoming.headers.authorization !== `ApiKey ${API_KEY}`) {
      answer.writeHead(401, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
      return void answer.end(JSON.stringify({ error: { type: 'security_exception' }, status: 401 }));
    }
    const { method, headers, url } = incoming;
    const passed = request(target + url!, { method, headers }, (response) => {
      answer.writeHead(response.statusCode!, response.headers);
      response.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    incoming.pipe(passed);
  });
  return listening(server, () => server.closeAllConnections());
}

/** TLS in front of a plain Temporal frontend; without the API key it answers UNAUTHENTICATED. */
export async function openTemporalProxy(target: string, certificates: Certificates, demands: Demands = {}) {
  const server = createSecureServer(tlsOf(certificates, demands));
  const upstream = connect(`http://${target}`);
  const sessions = new Set<{ destroy: () => void }>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => undefined);
    if (headers.authorization !== `Bearer ${API_KEY}`) {
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '16', 'grpc-message': 'unauthorized' },
        { endStream: true },
      );
      return;
    }
    const passed = upstream.request({ ...headers, ':scheme': 'http', ':authority': target });
    passed.on('error', () => stream.close());
    passed.on('response', (answered, flags) => {
      // An error has headers alone, and no trailers behind them.
      if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) stream.respond(answered, { endStream: true });
      else stream.respond(answered, { waitForTrailers: true });
    });
    let trailers = {};
    passed.on('trailers', (sent) => (trailers = sent));
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.on('close', () => passed.close());
    stream.pipe(passed).pipe(stream);
  });
  return listening(server, () => {
    upstream.destroy();
    sessions.forEach((session) => session.destroy());
  });
}

function tlsOf(certificates: Certificates, { server = 'server', client = false }: Demands) {
  const ca = readFileSync(certificates.file('ca.pem'));
  return { ...certificates.pair(server), ca, requestCert: client, rejectUnauthorized: client };
}

async function listening(server: Server | Http2SecureServer, cut: () => void): Promise<Proxy> {
  // A handshake that fails is what some tests are about.
  server.on('tlsClientError', () => undefined);
  server.on('sessionError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    cut();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
