import { Client } from '@elastic/elasticsearch';
import { elasticsearchOptions, type ElasticsearchSecurity } from './security';

/**
 * A client without retries of its own: retries have one owner, Temporal.
 *
 * @param settings with the limit of one request in milliseconds
 * @throws Error when a file of the settings cannot be read
 */
export function createElasticsearch(settings: ElasticsearchSecurity & { requestTimeoutMs: number }): Client {
  return new Client({
    node: settings.url,
    ...elasticsearchOptions(settings),
    maxRetries: 0,
    requestTimeout: settings.requestTimeoutMs,
    // To redact, the client copies all that an error carries, a bulk body byte by byte: seconds and gigabytes for each
    // request that fails, on the thread that sends the heartbeats. No such error is ever logged or kept whole.
    redaction: { type: 'off' },
  });
}
