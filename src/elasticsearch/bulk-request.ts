import type { BulkBuilder, BulkPart } from '../activities/ports';
import type { BatchRef } from '../domain/batch';
import { documentIdPrefix, indexName } from '../domain/ids';
import type { Anomaly, KafkaRecord, MessagePart } from '../domain/record';
import { BodyMemory } from './body-memory';
import { BodySizes } from './body-sizes';
import { BodyWriter } from './body-writer';
import { createPlainItems, type PlainLogs } from './plain-items';
import { writeJson } from './write-json';

export interface BulkSettings {
  indexPrefix: string;
  /** ISO date; records of earlier days go to one `-old` index. */
  oldestDay?: string | undefined;
  /**
   * Hash of a record's key-less bytes, 16 characters. It must not let anybody try guesses at a secret.
   *
   * @param redacted the bytes without secrets, `value` itself where it has none; found out where they are not given
   */
  hash: (value: Buffer, redacted?: Buffer) => string;
  /** ISO time that is written as `ingested_at`; not part of what a document is compared by. */
  now: () => string;
  /** Takes plain logs on a shorter way, where there is one. */
  plainLogs?: PlainLogs | undefined;
}

/** First size of a body behind the first: a batch of old records may fall into hundreds of days, of a few records each. */
const NEXT_BODY_BYTES = 64 * 1024;
const DAY_MS = 86_400_000;
/** More than the numbers of one item take. */
const NUMBERS_BYTES = 128;

const UNREMARKABLE = Buffer.from(
  ',"anomaly":{"score":0,"severity":"none","is_anomaly":false,"reasons":[]},"kafka":{"partition":',
);
const END = '"}\n';
const EDITED = ',"edited":true';
const OPENING_BRACE = 123;
const QUOTE = 34;
const AT_SIGN = 64;

interface Open {
  body: BodyWriter;
  starts: number[];
  offsets: number[];
  places: (number | undefined)[];
}

/**
 * Builds bulk bodies: per log record an action line, always `index` with its fixed id, `version_type: external`
 * and the epoch as version, so that the same epoch again is a conflict, a newer one overwrites and an older one loses;
 * and the document. Bytes are written once, into one buffer per index.
 */
export function createBulkBuilder(
  ref: BatchRef,
  epoch: number,
  settings: BulkSettings,
  sizes = new BodySizes(),
  memory = new BodyMemory(),
): BulkBuilder {
  const prefix = documentIdPrefix(ref.generation, ref.partition);
  const ingestedAt = settings.now();
  const constant = {
    beforeOffset: Buffer.from(`{"index":{"_id":"${prefix}`),
    behindOffset: Buffer.from(`","version":${epoch},"version_type":"external"}}\n`),
    anomaly: ',"anomaly":',
    kafka: ',"kafka":{"partition":',
    partition: `${ref.partition},"offset":`,
    timestamp: ',"timestamp":',
    // Only a topic that was created anew has one: the first generation goes without saying, and costs no bytes.
    behindTimestamp: Buffer.from(
      `${ref.generation === 1 ? '' : `,"generation":${ref.generation}`}},"ingested_at":"${ingestedAt}",` +
        `"epoch":${epoch},"record_hash":"`,
    ),
  };
  const { beforeOffset, behindOffset, behindTimestamp } = constant;
  const fixedBytes = beforeOffset.length + behindOffset.length + behindTimestamp.length + UNREMARKABLE.length;
  const open = new Map<string, Open>();
  /** The day that was asked for last, and its part. */
  let day = NaN;
  let today: Open | undefined;
  const plain =
    settings.plainLogs &&
    createPlainItems(settings.plainLogs, ref, {
      beforeOffset: String(beforeOffset),
      behindOffset: String(behindOffset),
      unremarkable: `${String(UNREMARKABLE)}${constant.partition}`,
      timestamp: constant.timestamp,
      behindTimestamp: String(behindTimestamp),
      end: END,
    });
  /** Of the message whose log records are being added: they share it, and it may be large. */
  let shared: { source: KafkaRecord; hash: string } | undefined;

  function hashOf(source: KafkaRecord, value: Buffer, place: MessagePart | undefined): string {
    if (!place) return settings.hash(source.value!, value);
    if (shared?.source !== source) shared = { source, hash: settings.hash(source.value!, value) };
    return shared.hash;
  }

  /** What the pipeline knows of the record, up to the closing brace and the newline. */
  function addTail(
    body: BodyWriter,
    source: KafkaRecord,
    anomaly: Anomaly,
    hash: string,
    place: MessagePart | undefined,
    edited: boolean,
  ): void {
    if (anomaly.score === 0) body.bytes(UNREMARKABLE);
    else {
      const verdict = JSON.stringify(anomaly);
      body.reserve(verdict.length + fixedBytes + NUMBERS_BYTES);
      body.ascii(constant.anomaly);
      body.ascii(verdict);
      body.ascii(constant.kafka);
    }
    body.ascii(constant.partition);
    body.decimal(source.offset);
    body.ascii(constant.timestamp);
    body.decimal(source.timestamp);
    if (place) body.ascii(`,"part":${place.part},"parts":${place.of}`);
    body.bytes(behindTimestamp);
    body.ascii(hash);
    body.ascii(edited ? `"${EDITED}}\n` : END);
  }

  /** Neighbours are nearly always of one day. */
  function partOf(timestamp: number): Open {
    const its = Math.floor(timestamp / DAY_MS);
    if (today && its === day) return today;
    const index = indexName(settings.indexPrefix, timestamp, settings.oldestDay);
    let part = open.get(index);
    if (!part) {
      const body = new BodyWriter(open.size === 0 ? sizes.guess(ref) : NEXT_BODY_BYTES, memory);
      part = { body, starts: [], offsets: [], places: [] };
      open.set(index, part);
    }
    day = its;
    return (today = part);
  }

  return {
    addPlain(source, score) {
      const scored = plain?.scan(source);
      if (!plain || !scored) return undefined;
      const anomaly = score(scored);
      const { body, starts, offsets, places } = partOf(source.timestamp);
      const start = body.length + plain.pending(body);
      if (!plain.append(body, source, anomaly)) return undefined;
      starts.push(start);
      offsets.push(source.offset);
      places.push(undefined);
      return anomaly;
    },
    add(source, scored, anomaly, place, edited = false) {
      const part = partOf(source.timestamp);
      const { body } = part;
      plain?.flush(body);
      const value = scored.redacted ?? source.value!;
      const hash = hashOf(source, value, place);
      part.starts.push(body.length);
      part.offsets.push(source.offset);
      part.places.push(place?.part);
      body.reserve(value.length + fixedBytes + NUMBERS_BYTES);
      body.bytes(beforeOffset);
      body.padded(source.offset);
      if (place) body.ascii(`-${place.part}`);
      body.bytes(behindOffset);
      if (scored.verbatim) addSpliced(body, value);
      else {
        if (scored.spliced) scored.spliced.write(body);
        else if (scored.document === undefined) writeJson(body, scored.record);
        else body.text(scored.document);
        body.reserve(fixedBytes + NUMBERS_BYTES);
      }
      // In the place of the closing brace.
      body.dropLast();
      addTail(body, source, anomaly, hash, place, edited);
    },
    finish() {
      const parts = [...open].map(([index, { body, starts, offsets, places }]): BulkPart => {
        plain?.flush(body);
        starts.push(body.length);
        return { index, body: body.written, starts: Uint32Array.from(starts), offsets, places };
      });
      plain?.end();
      sizes.learn(
        ref,
        parts.reduce((sum, { body }) => sum + body.length, 0),
      );
      return parts;
    },
  };
}

/** The record's own bytes: `{"timestamp"` becomes `{"@timestamp"`. They go in whole, a byte late, as a part would cost a view. */
function addSpliced(body: BodyWriter, value: Buffer): void {
  const start = body.length;
  body.byte(OPENING_BRACE);
  body.bytes(value);
  body.replace(start + 1, QUOTE);
  body.replace(start + 2, AT_SIGN);
}

const HASH_NAME = '"record_hash":"';
const HASH_LENGTH = 16;

/** The hash that an item's document carries; it is the last thing of this name in it. */
export function recordHashOf({ body, starts }: Pick<BulkPart, 'body' | 'starts'>, item: number): string {
  const lines = body.subarray(starts[item], starts[item + 1]);
  const from = lines.lastIndexOf(HASH_NAME) + HASH_NAME.length;
  return lines.toString('latin1', from, from + HASH_LENGTH);
}

/** The body with only some of its items, in order; a part of the body itself where they follow each other. */
export function selectItems(part: BulkPart, items: number[]): Buffer {
  const bytesOf = (first: number, last: number) => part.body.subarray(part.starts[first], part.starts[last + 1]);
  const [first = 0, last = -1] = [items[0], items.at(-1)];
  if (last - first === items.length - 1) return bytesOf(first, last);
  return Buffer.concat(items.map((item) => bytesOf(item, item)));
}
