import { Client } from '@elastic/elasticsearch';

/**
 * A client without retries of its own: retries have one owner, Temporal.
 *
 * @param requestTimeoutMs limit of one request
 */
export function createElasticsearch(settings: { url: string; requestTimeoutMs: number }): Client {
  return new Client({ node: settings.url, maxRetries: 0, requestTimeout: settings.requestTimeoutMs });
}
