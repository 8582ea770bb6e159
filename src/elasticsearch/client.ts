import { Client, SniffingTransport } from '@elastic/elasticsearch';
import { BulkAnswerSerializer } from './bulk-answer';
import { DeferringSerializer } from './defer-sources';
import { elasticsearchOptions, type ElasticsearchSecurity } from './security';

/** Nobody registers a tracer with OpenTelemetry's API here: what the client makes for each request would go nowhere. */
class UntracedTransport extends SniffingTransport {
  constructor(options: ConstructorParameters<typeof SniffingTransport>[0]) {
    super({ ...options, openTelemetry: { enabled: false } });
  }
}

/**
 * A client without retries of its own: retries have one owner, Temporal.
 *
 * @param settings with the limit of one request in milliseconds, and whether the documents that a search finds are left as
 *   text: see {@link DeferringSerializer}
 * @throws Error when a file of the settings cannot be read
 */
export function createElasticsearch(
  settings: ElasticsearchSecurity & { requestTimeoutMs: number; deferSources?: boolean },
): Client {
  return new Client({
    node: settings.url,
    ...elasticsearchOptions(settings),
    maxRetries: 0,
    requestTimeout: settings.requestTimeoutMs,
    // To redact, the client copies all that an error carries, a bulk body byte by byte: seconds and gigabytes for each
    // request that fails, on the thread that sends the heartbeats. No such error is ever logged or kept whole.
    redaction: { type: 'off' },
    Transport: UntracedTransport,
    Serializer: settings.deferSources ? DeferringSerializer : BulkAnswerSerializer,
  });
}
