/** Where a log stands in Kafka. `generation` counts how often its topic was created anew, from 1. */
export interface RecordIdentity {
  generation: number;
  partition: number;
  offset: number;
  /** Of a message with several log records: which of them, from 0. */
  part?: number | undefined;
}

/**
 * The document id of a record: `GG-PPPP-OOOOOOOOOOOOOOOO`, zero-padded so that ids sort like offsets. Each log record of a
 * message with several has that of the message and `-k` behind it: a message has either one or the other.
 *
 * 24 characters of the base64url alphabet: Elasticsearch stores such ids in 18 bytes (its `Uid.encodeId`).
 */
export function documentId({ generation, partition, offset, part }: RecordIdentity): string {
  const id = documentIdPrefix(generation, partition) + String(offset).padStart(16, '0');
  return part === undefined ? id : `${id}-${part}`;
}

/** The part of a document id that all records of a partition share; the hot path appends the padded offset. */
export function documentIdPrefix(generation: number, partition: number): string {
  return `${String(generation).padStart(2, '0')}-${String(partition).padStart(4, '0')}-`;
}

/**
 * The inverse of {@link documentId}.
 *
 * @returns undefined when the text is no document id of ours.
 */
export function parseDocumentId(id: string): RecordIdentity | undefined {
  const match = /^(\d{2,})-(\d{4,})-(\d{16})(?:-(0|[1-9]\d{0,3}))?$/.exec(id);
  if (!match) return undefined;
  const place = { generation: Number(match[1]), partition: Number(match[2]), offset: Number(match[3]) };
  return match[4] === undefined ? place : { ...place, part: Number(match[4]) };
}

/** The indices of all records: those of a day, and the one of records before the oldest day. `logs-2x` is none of them. */
export function logIndexPatterns(indexPrefix: string): string[] {
  return [`${indexPrefix}-2*.*.*`, `${indexPrefix}-old`];
}

const MS_PER_DAY = 86_400_000;
/** Days that an index template of ours knows: those of the years 2000 to 2999. */
const FIRST_DAY = Date.UTC(2000, 0, 1) / MS_PER_DAY;
const LAST_DAY = Date.UTC(3000, 0, 1) / MS_PER_DAY - 1;
const dayNames = new Map<number, string>();

/**
 * The index of a record: prefix and UTC day of its Kafka timestamp, `logs-2026.11.24`; `logs-old` for days before
 * `oldestDay`, and for those that only a producer's clock can mean.
 *
 * A pure function of the record, so a replay finds the same index: never the worker's clock, the log's own time, an
 * alias or a data stream, whose ids are unique only within one backing index (elasticsearch#44794).
 *
 * @param kafkaTimestampMs milliseconds since the epoch, as the broker appended the record
 * @param oldestDay ISO date, `2026-11-24`
 */
export function indexName(prefix: string, kafkaTimestampMs: number, oldestDay = ''): string {
  const day = Math.floor(kafkaTimestampMs / MS_PER_DAY);
  if (!(day >= FIRST_DAY && day <= LAST_DAY)) return `${prefix}-old`;
  let name = dayNames.get(day);
  if (name === undefined) {
    name = new Date(day * MS_PER_DAY).toISOString().slice(0, 10).replaceAll('-', '.');
    if (dayNames.size > 1000) dayNames.clear();
    dayNames.set(day, name);
  }
  return `${prefix}-${oldestDay !== '' && name < oldestDay.replaceAll('-', '.') ? 'old' : name}`;
}

/** The indices of records, each once. Neighbours are nearly always of one day, so most records cost no name. */
export function indexNames(prefix: string, records: readonly { timestamp: number }[], oldestDay = ''): Set<string> {
  const names = new Set<string>();
  let day: number | undefined;
  for (const { timestamp } of records) {
    const its = Math.floor(timestamp / MS_PER_DAY);
    if (its !== day) names.add(indexName(prefix, timestamp, oldestDay));
    day = its;
  }
  return names;
}
