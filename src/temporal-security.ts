import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { readSecret, unreadable } from './secret-files';

/** How to reach Temporal safely; nothing set is a plain connection without a key. */
export interface TemporalSecurity {
  address: string;
  tls?: boolean | undefined;
  /** Paths of PEM files. */
  tlsCa?: string | undefined;
  tlsCert?: string | undefined;
  tlsKey?: string | undefined;
  apiKey?: string | undefined;
  apiKeyFile?: string | undefined;
}

/** What contradicts itself or is missing, and which files cannot be read: one line each; never a secret. */
export function temporalProblems(settings: TemporalSecurity): string[] {
  const { tls, tlsCa, tlsCert, tlsKey, apiKey, apiKeyFile } = settings;
  const problems: string[] = [];
  const demand = (sound: boolean, problem: string) => void (sound || problems.push(problem));
  demand(
    tls === true || !(tlsCa ?? tlsCert ?? tlsKey),
    'TEMPORAL_TLS: must be true for TEMPORAL_TLS_CA, _CERT and _KEY',
  );
  demand(tls === true || !(apiKey ?? apiKeyFile), 'TEMPORAL_TLS: must be true for an API key, which is a secret');
  demand(
    (tlsCert === undefined) === (tlsKey === undefined),
    'TEMPORAL_TLS_CERT and TEMPORAL_TLS_KEY: set both or none',
  );
  demand(
    apiKey === undefined || apiKeyFile === undefined,
    'TEMPORAL_API_KEY and TEMPORAL_API_KEY_FILE: set one of them',
  );
  const files = { TLS_CA: tlsCa, TLS_CERT: tlsCert, TLS_KEY: tlsKey, API_KEY_FILE: apiKeyFile };
  for (const [end, file] of Object.entries(files)) {
    if (file !== undefined) problems.push(...unreadable(`TEMPORAL_${end}`, file));
  }
  return problems;
}

/** The settings as the clients and the workers of Temporal take them, files read. @throws Error of the file system */
export function temporalConnection(settings: TemporalSecurity) {
  const { address, tls, tlsCa, tlsCert, tlsKey } = settings;
  const apiKey = readSecret(settings.apiKey, settings.apiKeyFile);
  if (tls !== true) return { address };
  return {
    address,
    tls: {
      ...(tlsCa === undefined ? {} : { serverRootCACertificate: readFileSync(tlsCa) }),
      ...(tlsCert === undefined || tlsKey === undefined
        ? {}
        : { clientCertPair: { crt: readFileSync(tlsCert), key: readFileSync(tlsKey) } }),
    },
    ...(apiKey === undefined ? {} : { apiKey }),
  };
}

const HANDSHAKE_MS = 1500;
/** A server that does not take our certificate says so only after the handshake. */
const REFUSAL_MS = 100;

/**
 * Tries the handshake by itself: the client library only says that it waited too long.
 *
 * @throws Error that says what to check; not when the server is simply not there
 */
export async function checkTemporalTls(settings: TemporalSecurity): Promise<void> {
  const { address, tls, tlsCa, tlsCert, tlsKey } = settings;
  if (tls !== true) return;
  const { hostname, port } = new URL(`tcp://${address}`);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const read = (file: string | undefined, as: string) => (file === undefined ? {} : { [as]: readFileSync(file) });
  const files = { ...read(tlsCa, 'ca'), ...read(tlsCert, 'cert'), ...read(tlsKey, 'key') };
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const failure = await new Promise<Error | undefined>((resolve) => {
    const socket = connect({ host, port: Number(port), ALPNProtocols: ['h2'], ...servername, ...files });
    const end = (error?: Error) => {
      clearTimeout(limit);
      socket.destroy();
      resolve(error);
    };
    const limit = setTimeout(() => end(), HANDSHAKE_MS);
    socket.once('secureConnect', () => setTimeout(() => end(), REFUSAL_MS));
    socket.once('error', end);
  });
  const told = withTemporalAdvice(failure);
  if (told !== failure) throw told;
}

/** The error with what to check when TLS or the key is the reason; else as it is. Never a secret. */
export function withTemporalAdvice(error: unknown): unknown {
  const text = textOf(error);
  const advice = adviceFor(text);
  return advice === undefined ? error : new Error(`temporal cannot be reached: ${advice}`, { cause: error });
}

function adviceFor(text: string): string | undefined {
  if (/UnknownIssuer|self[- ]signed|unable to (verify|get)|unknown ca\b/i.test(text)) {
    return 'its certificate is not from an authority that is trusted: check TEMPORAL_TLS_CA';
  }
  if (/\bExpired\b|has expired|not yet valid/i.test(text)) return 'its certificate is out of date';
  if (/NotValidForName|altnames|Hostname\/IP/i.test(text)) {
    return 'its certificate is for another name: check TEMPORAL_ADDRESS';
  }
  if (/CertificateRequired|certificate required|bad ?certificate|handshake ?failure/i.test(text)) {
    return 'it does not take our certificate: check TEMPORAL_TLS_CERT and TEMPORAL_TLS_KEY';
  }
  if (/InvalidContentType|wrong version number|HandshakeFailure|HTTP2? ?protocol|frame with invalid size/i.test(text)) {
    return 'one side speaks TLS and the other does not: check TEMPORAL_TLS';
  }
  if (/unauthenticated|valid authentication credentials|permission ?denied/i.test(text))
    return 'it refuses access: check TEMPORAL_API_KEY';
  if (
    /broken ?pipe|transport error|connection (dropped|closed|reset)|unexpected ?eof|socket hang up|ECONNRESET/i.test(
      text,
    )
  ) {
    return 'it closes the connection: check TEMPORAL_TLS, and TEMPORAL_TLS_CERT where it wants a certificate of ours';
  }
  return undefined;
}

/** The messages of an error and of what caused it. */
function textOf(error: unknown, depth = 5): string {
  if (typeof error !== 'object' || error === null || depth === 0) return '';
  const { message, cause } = error as { message?: string; cause?: unknown };
  return `${message ?? ''} ${textOf(cause, depth - 1)}`;
}
