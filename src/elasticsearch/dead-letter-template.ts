import { letterIndexPatterns } from '../domain/dead-letter';
import { TEMPLATE_PRIORITY, type TemplateSettings } from './index-template';
import { redriveIndex } from '../domain/redrive';
import { replayIndex } from '../domain/replay';

const keyword = { type: 'keyword', ignore_above: 1024 } as const;
/** Kept in the source and nowhere else. */
const kept = { type: 'object', enabled: false } as const;

/**
 * The mapping of a dead letter. Strict: every field is written by us. The record's bytes, key and headers are base64 and
 * not indexed; `text` is the part of the bytes that can be searched.
 */
export const LETTER_MAPPING = {
  dynamic: 'strict',
  properties: {
    topic: keyword,
    generation: { type: 'integer' },
    partition: { type: 'integer' },
    offset: { type: 'long' },
    // A producer's clock may say anything.
    kafka_timestamp: { type: 'date', ignore_malformed: true },
    reason: { properties: { code: keyword, field: keyword, detail: { type: 'text' } } },
    state: keyword,
    changed_at: { type: 'date' },
    attempts: { type: 'integer' },
    epoch: { type: 'integer' },
    dead_lettered_at: { type: 'date' },
    bytes: { type: 'long' },
    record_hash: keyword,
    whole: { type: 'boolean' },
    text: { type: 'text' },
    body: { type: 'binary' },
    key: { type: 'binary' },
    headers: kept,
    operation: keyword,
    edited: { type: 'boolean' },
    redacted: { type: 'boolean' },
    parts: { type: 'integer' },
    refused: kept,
    kept: { type: 'integer' },
    documents: { type: 'integer' },
  },
} as const;

/** Fields that a letter index of an earlier version lacks: it takes no letter that has one. */
export const NEWER_LETTER_FIELDS = (({ redacted, parts, refused, kept: first, documents }) => ({
  ...{ redacted, parts, refused, kept: first, documents },
}))(LETTER_MAPPING.properties);

/** The composable template of the dead-letter indices; like that of the log indices, under a prefix of its own. */
export function letterTemplate(settings: TemplateSettings) {
  return {
    index_patterns: letterIndexPatterns(settings.indexPrefix),
    priority: TEMPLATE_PRIORITY,
    template: {
      settings: {
        index: {
          // A letter is the exception: one shard holds a day's.
          number_of_shards: 1,
          number_of_replicas: settings.replicas,
          refresh_interval: `${settings.refreshIntervalMs}ms`,
          translog: { durability: 'request' as const },
        },
      },
      mappings: LETTER_MAPPING,
    },
    _meta: { managed_by: 'sluice' },
  };
}

/** The template of the index that keeps the redrives that were ordered: they are only ever read by id. */
export function redriveTemplate(settings: TemplateSettings) {
  return {
    index_patterns: [redriveIndex(settings.indexPrefix)],
    priority: TEMPLATE_PRIORITY,
    template: {
      settings: { index: { number_of_shards: 1, number_of_replicas: settings.replicas } },
      mappings: { enabled: false },
    },
    _meta: { managed_by: 'sluice' },
  };
}

/** The template of the index that keeps replays: found by topic and time, and otherwise read by id. */
export function replayTemplate(settings: TemplateSettings) {
  return {
    index_patterns: [replayIndex(settings.indexPrefix)],
    priority: TEMPLATE_PRIORITY,
    template: {
      settings: { index: { number_of_shards: 1, number_of_replicas: settings.replicas } },
      mappings: {
        dynamic: false,
        properties: { topic: keyword, ordered_at: { type: 'date' as const }, replay: kept, plan: kept },
      },
    },
    _meta: { managed_by: 'sluice' },
  };
}
