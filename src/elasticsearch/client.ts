import { Client } from '@elastic/elasticsearch';

/**
 * A client without retries of its own: retries have one owner, Temporal.
 *
 * @param requestTimeoutMs limit of one request
 */
export function createElasticsearch(settings: { url: string; requestTimeoutMs: number }): Client {
  return new Client({
    node: settings.url,
    maxRetries: 0,
    requestTimeout: settings.requestTimeoutMs,
    // To redact, the client copies all that an error carries, a bulk body byte by byte: seconds and gigabytes for each
    // request that fails, on the thread that sends the heartbeats. No such error is ever logged or kept whole.
    redaction: { type: 'off' },
  });
}
