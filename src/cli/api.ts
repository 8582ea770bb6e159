import type { IncomingMessage } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import type { z } from 'zod';
import type { problemSchema } from '../api/schemas/answers';
import { CliFailure, EXIT } from './failures';
import { openAnswer } from './open-answer';

type ProblemAnswer = z.output<typeof problemSchema>;

/** An answer of the API: as it came, and decoded. */
export interface Answer<T> {
  status: number;
  text: string;
  data: T;
}

/** Values of a query string; those that are undefined are left out. */
export type Query = Record<string, string | undefined>;

/** A body; with a request id, sending it twice is harmless. */
export interface OrderBody {
  request_id?: string;
  [field: string]: unknown;
}

/** The API as the command talks to it: nothing else is asked, neither Kafka nor Temporal. */
export interface Api {
  /** Without credentials, for messages. */
  address: string;
  /** @throws CliFailure problem when the API answers with one; unreachable when nothing, or something else, answers */
  get: <T>(path: string, query?: Query) => Promise<Answer<T>>;
  /** As `get`. What was sent may have taken effect although no answer came, which the message then says. */
  post: <T>(path: string, body: OrderBody) => Promise<Answer<T>>;
  /**
   * Begins a GET whose answer is read as it comes, for as long as it takes; trailers are there at its end.
   *
   * @throws CliFailure as `get`
   */
  open: (path: string, query?: Query, wanted?: OpenOptions) => Promise<IncomingMessage>;
}

export interface OpenOptions {
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** Limit of one request; the API's own limits are below it. */
const REQUEST_LIMIT_MS = 30_000;

interface ApiOptions {
  request?: typeof fetch | undefined;
  /** The topic that every request is about; the API's first one when absent. */
  topic?: string | undefined;
  /** The key to send, asked for once at the first request; none where keys are off. */
  readKey?: () => Promise<string | undefined>;
}

/** @throws CliFailure usage when the address is none */
export function createApi(
  url: string,
  { request = fetch, topic, readKey = async () => undefined }: ApiOptions = {},
): Api {
  const { base, address, headers } = parseAddress(url);

  let key: Promise<string | undefined> | undefined;
  // Beside Authorization, which a proxy before the API may want for itself.
  const keyHeader = async () => {
    const given = await (key ??= readKey());
    return given === undefined ? {} : { 'X-API-Key': given };
  };

  const send = async <T>(method: 'GET' | 'POST', path: string, body?: OrderBody): Promise<Answer<T>> => {
    const response = await request(`${base}${path}`, {
      method,
      headers: {
        ...headers,
        ...(await keyHeader()),
        Accept: 'application/json',
        ...(body ? { 'Content-Type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      redirect: 'error',
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
    })
      .then(async (answer) => ({ status: answer.status, text: await answer.text() }))
      .catch((error: unknown) => {
        throw unreachable(address, error, method === 'POST' ? body : undefined);
      });
    const data = parseJson(response.text);
    if (response.status >= 400) throw toFailure(data, response, address);
    if (data === undefined && response.text !== '') throw foreign(address, response.status);
    return { ...response, data: data as T };
  };
  const openStream = async (path: string, { headers: wanted = {}, signal }: OpenOptions): Promise<IncomingMessage> => {
    const given = { ...headers, ...(await keyHeader()), ...wanted };
    const answer = await openAnswer(`${base}${path}`, given, signal).catch((error: unknown) => {
      throw signal?.aborted ? error : unreachable(address, error);
    });
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    const told = await textOf(answer);
    throw status >= 400 ? toFailure(parseJson(told), { status, text: told }, address) : foreign(address, status);
  };
  return {
    address,
    open: (path, query = {}, wanted = {}) => openStream(`${path}${queryString({ ...query, topic })}`, wanted),
    get: (path, query = {}) => send('GET', `${path}${queryString({ ...query, topic })}`),
    post: (path, body) => send('POST', `${path}${queryString({ topic })}`, body),
  };
}

/** Name and password in the address go into a header: fetch refuses them, and no message may show them. */
function parseAddress(url: string) {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new CliFailure(
      EXIT.usage,
      'the address of the API must be an http or https address, such as http://127.0.0.1:8000: set --url or SLUICE_URL',
    );
  }
  const { username, password } = parsed;
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const base = `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
  const headers: Record<string, string> =
    username === '' && password === '' ? {} : { Authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  return { base, address: base, headers };
}

function queryString(query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function toFailure(data: unknown, { status, text }: { status: number; text: string }, address: string): CliFailure {
  if (!isProblem(data)) return foreign(address, status);
  const { code, title, detail, errors = [] } = data;
  // The detail repeats the parts, unless it says something of its own.
  const parts = errors
    .filter((part) => !detail.includes(part.detail))
    .map(({ parameter, pointer, detail: what }) => `\n  ${parameter ?? pointer ?? ''}: ${what}`);
  const hint = adviceFor(data, address);
  const message = `${title} (${status} ${code}): ${detail}${parts.join('')}${hint ? `\n${hint}` : ''}`;
  return new CliFailure(EXIT.problem, message, text);
}

function isProblem(data: unknown): data is ProblemAnswer {
  const { code, title, detail } = (data ?? {}) as Partial<Record<string, unknown>>;
  return [code, title, detail].every((text) => typeof text === 'string');
}

function adviceFor({ code, status, request_id: id }: ProblemAnswer, address: string): string | undefined {
  if (status === 401) return 'SLUICE_API_KEY holds the key, or --api-key-file names the file that holds it.';
  if (code === 'internal_error') return `The API's log has the cause under request id ${id}.`;
  if (code === 'method_not_allowed' || code === 'not_found') {
    return `If the name is right, the API at ${address} is older than this command: \`curl ${address}/\` shows its version.`;
  }
  if (status === 503) return `\`curl ${address}/health\` says what is down; try again when it is up.`;
  return undefined;
}

function foreign(address: string, status: number): CliFailure {
  return new CliFailure(
    EXIT.unreachable,
    `what answers at ${address} (with ${status}) is not the API of Sluice: set --url or SLUICE_URL to where it listens`,
  );
}

function unreachable(address: string, error: unknown, sent?: OrderBody): CliFailure {
  const { name, message, cause } = error as Error;
  const { code, message: why } = (cause ?? {}) as { code?: string; message?: string };
  const reason = name === 'TimeoutError' ? `no answer within ${REQUEST_LIMIT_MS / 1000} s` : code || why || message;
  // A refused connection has sent nothing; anything later may have.
  const mayHaveCome = sent !== undefined && code !== 'ECONNREFUSED' && code !== 'ENOTFOUND';
  const again =
    sent?.request_id === undefined ? '' : `, and the same with --request-id ${sent.request_id} is one order`;
  const then = mayHaveCome ? ` What was sent may have taken effect: \`sluice status\` shows it${again}.` : '';
  return new CliFailure(
    EXIT.unreachable,
    `cannot reach the API at ${address}: ${reason}. Is it running (\`make status\`)? --url or SLUICE_URL says where it is.${then}`,
    undefined,
    { cause: error },
  );
}
