import xxhash from 'xxhash-wasm';
import type { Client } from '@elastic/elasticsearch';
import { prepareBatch } from '../../src/activities/prepare-batch';
import { loadConfig } from '../../src/config';
import type { KafkaRecord } from '../../src/domain/record';
import { createRecordIndex } from '../../src/elasticsearch/record-index';
import { sendBulk } from '../../src/elasticsearch/send-bulk';
import { prepareIndices } from '../../src/elasticsearch/setup';
import { createLogStream } from '../../src/generator/log-stream';
import { parseScenarios } from '../../src/generator/scenarios';
import { decodeRecord } from '../../src/kafka/decode-record';

export const PARTITIONS = 4;
const BATCH = 5000;
const HOUR_MS = 3_600_000;

/** Logs of three days and a little, up to the hour before the last. */
export const LOADED = { fromMs: Date.UTC(2026, 10, 21), toMs: Date.UTC(2026, 10, 24) } as const;

/** Where the loaded logs are. */
export const INDEX_PREFIX = 'bench-queries';

/**
 * Indexes `count` logs of the generator, spread over {@link LOADED}, as the pipeline's own preparation makes documents of
 * them, and lets Elasticsearch come to rest.
 */
export async function loadLogs(client: Client, count: number, tell: (loaded: number) => void): Promise<void> {
  await prepareIndices(client, { shards: 1, replicas: 0, refreshIntervalMs: 1000, indexPrefix: INDEX_PREFIX });
  const { h64Raw } = await xxhash();
  const { scoring } = loadConfig({});
  const index = createRecordIndex(client, {
    indexPrefix: INDEX_PREFIX,
    hash: (value) => h64Raw(value).toString(16).padStart(16, '0'),
    now: () => new Date().toISOString(),
  });
  const spanS = (LOADED.toMs - LOADED.fromMs) / 1000;
  const stream = createLogStream({
    seed: 1,
    startTime: LOADED.fromMs,
    rate: count / spanS,
    plan: parseScenarios('demo'),
  });
  const waiting: KafkaRecord[][] = Array.from({ length: PARTITIONS }, () => []);
  const next = Array<number>(PARTITIONS).fill(0);
  const send = async (partition: number) => {
    const records = waiting[partition]!.splice(0);
    if (records.length === 0) return;
    const [from, to] = [records[0]!.offset, records.at(-1)!.offset + 1];
    const bytes = records.reduce((sum, { value }) => sum + value!.length, 0);
    const ref = {
      topic: 'bench',
      generation: 1,
      partition,
      from: String(from),
      to: String(to),
      count: records.length,
      bytes,
    };
    const { parts } = prepareBatch(ref, records, 1, { decode: decodeRecord, rules: scoring, index });
    for (const part of parts) {
      const items = await sendBulk(client, part.index, part.body, AbortSignal.timeout(120_000));
      const refused = items.filter(({ status }) => status >= 300).length;
      if (refused > 0) throw new Error(`${refused} documents were refused`);
    }
  };
  for (let written = 0; written < count; written += 1) {
    const { key, value, timestamp } = stream.next();
    const partition = written % PARTITIONS;
    const record = { offset: next[partition]!++, timestamp, key: Buffer.from(key), value: Buffer.from(value) };
    waiting[partition]!.push(record);
    if (waiting[partition]!.length === BATCH) await send(partition);
    if (written % 100_000 === 99_999) tell(written + 1);
  }
  for (let partition = 0; partition < PARTITIONS; partition += 1) await send(partition);
  await client.indices.refresh({ index: `${INDEX_PREFIX}-*` });
  await waitForMerges(client);
  const found = await client.count({ index: `${INDEX_PREFIX}-*` });
  if (found.count !== count) throw new Error(`${found.count} documents instead of ${count}`);
}

/** Merges that the load has left are no part of what is measured. */
export async function waitForMerges(client: Client): Promise<void> {
  for (
    const until = Date.now() + HOUR_MS;
    Date.now() < until;
    await new Promise((resolve) => setTimeout(resolve, 500))
  ) {
    const { _all } = await client.indices.stats({ index: `${INDEX_PREFIX}-*`, metric: 'merge' });
    if (_all.total?.merges?.current === 0) return;
  }
  throw new Error('Elasticsearch does not come to the end of its merges');
}
