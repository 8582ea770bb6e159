import { get as getPlain, type IncomingMessage } from 'node:http';
import { get as getSecure } from 'node:https';

/** How long the first byte of an answer may take. */
const FIRST_BYTE_MS = 30_000;

/** Begins a GET request; resolves with its answer once the headers are there. With trailers, which `fetch` hides. */
export function openAnswer(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  const get = url.startsWith('https:') ? getSecure : getPlain;
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false, ...(signal ? { signal } : {}) });
    const timer = setTimeout(() => {
      const error = new Error('no answer');
      error.name = 'TimeoutError';
      request.destroy(error);
    }, FIRST_BYTE_MS);
    request.once('response', (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    request.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
