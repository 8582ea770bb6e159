import type { BulkBuilder, BulkPart } from '../activities/ports';
import type { BatchRef } from '../domain/batch';
import { documentIdPrefix, indexName } from '../domain/ids';
import type { KafkaRecord, Anomaly } from '../domain/record';

export interface BulkSettings {
  indexPrefix: string;
  /** ISO date; records of earlier days go to one `-old` index. */
  oldestDay?: string | undefined;
  /** Hash of a record's key-less bytes, 16 hex digits. */
  hash: (value: Buffer) => string;
  /** ISO time that is written as `ingested_at`; not part of what a document is compared by. */
  now: () => string;
}

/** First size of a body: most batches fit without growing. */
const INITIAL_BYTES = 256 * 1024;

interface Open {
  body: Buffer;
  length: number;
  starts: number[];
  offsets: number[];
  hashes: string[];
}

/**
 * Builds bulk bodies: per record an action line, always `index` with the record's fixed id, `version_type: external`
 * and the epoch as version, so that the same epoch again is a conflict, a newer one overwrites and an older one loses;
 * and the document. Bytes are written once, into one buffer per index.
 */
export function createBulkBuilder(ref: BatchRef, epoch: number, settings: BulkSettings): BulkBuilder {
  const prefix = documentIdPrefix(ref.generation, ref.partition);
  const action = (offset: number) =>
    `{"index":{"_id":"${prefix}${String(offset).padStart(16, '0')}","version":${epoch},"version_type":"external"}}\n`;
  const ingestedAt = settings.now();
  const open = new Map<string, Open>();

  return {
    add({ source, record, anomaly, verbatim, document, edited }) {
      const index = indexName(settings.indexPrefix, source.timestamp, settings.oldestDay);
      let part = open.get(index);
      if (!part) {
        part = { body: Buffer.allocUnsafeSlow(INITIAL_BYTES), length: 0, starts: [], offsets: [], hashes: [] };
        open.set(index, part);
      }
      const hash = settings.hash(source.value!);
      const tail = documentTail(ref, source, anomaly, ingestedAt, epoch, hash, edited === true);
      part.starts.push(part.length);
      part.offsets.push(source.offset);
      part.hashes.push(hash);
      if (verbatim) appendSpliced(part, action(source.offset), source.value!, tail);
      else appendText(part, action(source.offset) + (document ?? JSON.stringify(record)).slice(0, -1) + tail);
    },
    finish: () =>
      [...open].map(([index, part]): BulkPart => {
        const { length, offsets, hashes } = part;
        return {
          index,
          body: part.body.subarray(0, length),
          starts: Uint32Array.of(...part.starts, length),
          offsets,
          hashes,
        };
      }),
  };
}

/** What the pipeline knows of the record, up to the closing brace and the newline. */
function documentTail(
  { generation, partition }: BatchRef,
  source: KafkaRecord,
  anomaly: Anomaly,
  ingestedAt: string,
  epoch: number,
  hash: string,
  edited: boolean,
): string {
  return (
    `,"anomaly":${anomaly.score === 0 ? UNREMARKABLE : JSON.stringify(anomaly)}` +
    `,"kafka":{"partition":${partition},"offset":${source.offset},"timestamp":${source.timestamp}${generationField(generation)}}` +
    `,"ingested_at":"${ingestedAt}","epoch":${epoch},"record_hash":"${hash}"${edited ? ',"edited":true' : ''}}\n`
  );
}

/** Only a topic that was created anew has one: the first generation goes without saying, and costs no bytes. */
function generationField(generation: number): string {
  return generation === 1 ? '' : `,"generation":${generation}`;
}

const UNREMARKABLE = '{"score":0,"severity":"none","is_anomaly":false,"reasons":[]}';

/** The record's own bytes between its action line and what the pipeline adds: `{"timestamp"` becomes `{"@timestamp"`. */
function appendSpliced(part: Open, action: string, value: Buffer, tail: string): void {
  // Action and tail are ours and ASCII; the record was checked to be.
  reserve(part, action.length + value.length + tail.length + 1);
  const { body } = part;
  let at = part.length;
  at += body.write(action + '{"@', at, 'latin1');
  at += value.copy(body, at, 2, value.length - 1);
  part.length = at + body.write(tail, at, 'latin1');
}

function appendText(part: Open, text: string): void {
  // A UTF-16 unit takes at most three bytes in UTF-8.
  reserve(part, text.length * 3);
  part.length += part.body.write(text, part.length, 'utf8');
}

function reserve(part: Open, bytes: number): void {
  const needed = part.length + bytes;
  if (needed <= part.body.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(needed, part.body.length * 2));
  part.body.copy(larger, 0, 0, part.length);
  part.body = larger;
}

/** The body with only some of its items, in order. */
export function selectItems(part: BulkPart, items: number[]): Buffer {
  return Buffer.concat(items.map((item) => part.body.subarray(part.starts[item], part.starts[item + 1])));
}
