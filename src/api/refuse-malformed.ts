import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Problem, problemBody, PROBLEMS, type ProblemCode } from './problem';

/** How long the rest of a refused request is read and thrown away. */
const LINGER_MS = 1000;

/** What a connection can be told before there is a request to answer; any route may be meant. */
export const CONNECTION_PROBLEMS = ['malformed_request', 'request_timeout', 'headers_too_large'] as const;

const DETAILS: Record<(typeof CONNECTION_PROBLEMS)[number], string> = {
  malformed_request: 'This is not a request of HTTP/1.1.',
  request_timeout: 'The request did not arrive in time.',
  headers_too_large: 'Address and headers together are longer than what is read.',
};

/**
 * Answers with a problem what cannot be read as a request: Node's own answer has no body, and breaks the connection while
 * the client is still sending, so that the client may never see it.
 */
export function refuseMalformed(server: Server): void {
  const refused = new WeakSet<Duplex>();
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // What the client goes on sending fails again, until it has read the answer and closes.
    if (refused.has(socket)) return;
    refused.add(socket);
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) return void socket.destroy();
    socket.end(answerTo(error));
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  });
}

/** Half of an answer must not go on as another one. */
function isAnswering(socket: Duplex): boolean {
  const { _httpMessage: message } = socket as { _httpMessage?: { headersSent: boolean } | null };
  return message?.headersSent === true;
}

function answerTo({ code }: NodeJS.ErrnoException): string {
  const problem = codeOf(code);
  const { status } = PROBLEMS[problem];
  const requestId = randomUUID();
  const body = JSON.stringify(problemBody(new Problem(problem, DETAILS[problem]), '', requestId));
  const headers = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Cache-Control: no-store',
    'Connection: close',
  ];
  return `${headers.join('\r\n')}\r\n\r\n${body}`;
}

function codeOf(code: string | undefined): ProblemCode & keyof typeof DETAILS {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request_timeout' : 'malformed_request';
}
