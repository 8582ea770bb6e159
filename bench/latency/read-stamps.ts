import { createBatchReader } from '../../src/kafka/batch-reader';
import { createKafka } from '../../src/kafka/client';
import { registerCodecs } from '../../src/kafka/codecs';
import { createOffsetReader } from '../../src/kafka/offsets';
import { createLogger } from '../../src/logger';
import type { Stamp } from './stages';

const CHUNK = 5000;

/** Reads a topic beside the pipeline. */
export interface TopicReader {
  /** By partition, the offset behind its last record. */
  ends(): Promise<number[]>;
  /** The times of the records from one list of offsets to another. */
  stamps(from: number[], to: number[]): Promise<Stamp[]>;
  close(): Promise<void>;
}

export async function openTopicReader(brokers: string, topic: string): Promise<TopicReader> {
  await registerCodecs();
  const logger = createLogger('bench', 'error');
  const kafka = createKafka({ brokers: [brokers], clientId: 'bench-stamps' }, logger);
  const offsets = createOffsetReader(kafka);
  const settings = { topic, groupId: `${topic}-stamps`, readAheadBytes: 2 ** 24 };
  const reader = createBatchReader(kafka, offsets, settings, logger);
  return {
    async ends() {
      const ends = await offsets.ends(topic);
      return [...ends].sort(([a], [b]) => a - b).map(([, { high }]) => high);
    },
    async stamps(first, ends) {
      const stamps: Stamp[] = [];
      for (const [partition, end] of ends.entries()) {
        for (let from = first[partition]!; from < end; from += CHUNK) {
          const to = Math.min(end, from + CHUNK);
          const { records } = await reader.read(partition, from, to, new AbortController().signal);
          for (const { offset, timestamp, value } of records) {
            stamps.push({ partition, offset, made: madeAt(value), appended: timestamp });
          }
        }
      }
      return stamps;
    },
    close: async () => void (await Promise.all([reader.close(), offsets.close()])),
  };
}

/** A log's own time: the generator writes when it was due, however late it was sent. */
function madeAt(value: Buffer | null): number {
  const { timestamp } = JSON.parse(String(value)) as { timestamp: string };
  return Date.parse(timestamp);
}
