import { logIndexPatterns } from '../domain/ids';

/** Who asks for the template, from the configuration. */
export interface TemplateSettings {
  indexPrefix: string;
  shards: number;
  replicas: number;
  refreshIntervalMs: number;
}

/** A keyword field; longer values are stored but not indexed, below Lucene's term limit of 32,766 bytes. */
const keyword = { type: 'keyword', ignore_above: 1024 } as const;

/** The name that the Elastic Common Schema has for a field of ours. */
const alias = (path: string) => ({ type: 'alias', path }) as const;

/**
 * The mapping of a log document. The root is `dynamic: false`: a field that is not named here stays in the source and
 * reaches no cluster state, and unknown fields of a record live under `attributes`, which is one flattened field.
 */
export const LOG_MAPPING = {
  dynamic: false,
  properties: {
    '@timestamp': { type: 'date' },
    service: keyword,
    level: keyword,
    message: { type: 'text' },
    request_id: keyword,
    status_code: { type: 'integer' },
    user_id: keyword,
    path: keyword,
    method: keyword,
    response_time_ms: { type: 'double' },
    error_code: keyword,
    tags: keyword,
    trace: { properties: { id: keyword } },
    span: { properties: { id: keyword } },
    error: {
      properties: {
        type: keyword,
        message: { type: 'text' },
        stack_trace: { type: 'text' },
        code: alias('error_code'),
      },
    },
    host: { properties: { name: keyword } },
    log: { properties: { logger: keyword, level: alias('level') } },
    process: { properties: { pid: { type: 'long' }, name: keyword, thread: { properties: { name: keyword } } } },
    client: { properties: { ip: keyword } },
    user_agent: { properties: { original: keyword } },
    user: { properties: { id: alias('user_id') } },
    url: { properties: { original: keyword, full: keyword, query: keyword, domain: keyword, path: alias('path') } },
    http: {
      properties: {
        request: { properties: { method: alias('method'), id: alias('request_id') } },
        response: { properties: { status_code: alias('status_code') } },
      },
    },
    event: {
      properties: {
        format: keyword,
        time_source: keyword,
        time_suspect: { type: 'boolean' },
        original: { type: 'keyword', index: false, doc_values: false },
      },
    },
    attributes: { type: 'flattened', ignore_above: 1024, depth_limit: 20 },
    anomaly: {
      properties: {
        score: { type: 'short' },
        severity: keyword,
        is_anomaly: { type: 'boolean' },
        reasons: { properties: { rule: keyword, weight: { type: 'short', index: false } } },
      },
    },
    kafka: {
      properties: {
        partition: { type: 'integer' },
        offset: { type: 'long' },
        timestamp: { type: 'date' },
        generation: { type: 'short' },
        // Of a message with several log records: which of them, from 0, and how many there are.
        part: { type: 'short' },
        parts: { type: 'short' },
      },
    },
    ingested_at: { type: 'date', index: false },
    epoch: { type: 'integer', index: false },
    record_hash: { type: 'keyword', index: false, doc_values: false },
    // True when the document was made of an edited body instead of the record's own bytes.
    edited: { type: 'boolean' },
  },
} as const;

/** Above the built-in data-stream template for `logs-*-*` of the full distribution, which has 100. */
export const TEMPLATE_PRIORITY = 500;

/** The composable index template for our indices: `PREFIX-` and a year, or `-old`, so that `logs` leaves `logs-eu` alone. Durability stays per request: an acknowledged write is on disk. */
export function logTemplate(settings: TemplateSettings) {
  return {
    index_patterns: logIndexPatterns(settings.indexPrefix),
    priority: TEMPLATE_PRIORITY,
    template: {
      settings: {
        index: {
          number_of_shards: settings.shards,
          number_of_replicas: settings.replicas,
          refresh_interval: `${settings.refreshIntervalMs}ms`,
          translog: { durability: 'request' as const },
        },
      },
      mappings: LOG_MAPPING,
    },
    _meta: { managed_by: 'sluice' },
  };
}
