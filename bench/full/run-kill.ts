import { setTimeout as sleep } from 'node:timers/promises';
import { once } from 'node:events';
import { errors, type Client } from '@elastic/elasticsearch';
import { createBatchReader } from '../../src/kafka/batch-reader';
import { createKafka } from '../../src/kafka/client';
import { registerCodecs } from '../../src/kafka/codecs';
import { createOffsetReader } from '../../src/kafka/offsets';
import { createLogger } from '../../src/logger';
import { startDrain, stopDrain, type Drainer, type DrainRun } from '../drain';
import type { BenchServers } from '../servers';
import { compareRecords, countLog, logKey, TOLD_BY, type LogCounts, type Losses } from './compare-records';

/** The share of the backlog that is there when the process is killed. */
const KILL_AT = 0.4;
const LOOK_MS = 250;
/** Once nothing has come for so long, nothing comes: longer than the brokers wait for a consumer that is gone. */
const STILL_MS = 75_000;
const PAGE = 10_000;
const READ_RECORDS = 10_000;

/** Kills a drain with -9 in the middle, starts it again, and counts what is missing at the end, or there twice. */
export async function runKill(
  servers: BenchServers,
  client: Client,
  run: DrainRun,
  sent: LogCounts,
  drainer: Drainer,
): Promise<Losses> {
  const first = startDrain(servers, run, drainer);
  try {
    await arrived(client, run, Math.floor(run.count * KILL_AT));
  } finally {
    const gone = once(first, 'exit');
    first.kill('SIGKILL');
    await gone;
  }
  const second = startDrain(servers, run, drainer);
  try {
    const documents = await arrived(client, run, run.count);
    // Enough documents are no proof: some may be there twice and others on their way.
    if (documents >= run.count) await sleep(STILL_MS / 5);
  } finally {
    await stopDrain(second);
  }
  return compareRecords(sent, await readFound(client, run.index));
}

/** @returns how many there are once there are so many, or none has come for long */
async function arrived(client: Client, { index }: DrainRun, wanted: number): Promise<number> {
  let last = { count: 0, at: performance.now() };
  while (last.count < wanted && performance.now() - last.at < STILL_MS) {
    await sleep(LOOK_MS);
    const count = await countFound(client, index);
    if (count > last.count) last = { count, at: performance.now() };
  }
  return last.count;
}

/** @returns 0 while there is no index, or one whose shard begins */
async function countFound(client: Client, index: string): Promise<number> {
  try {
    return (await client.count({ index, ignore_unavailable: true })).count;
  } catch (error) {
    if (error instanceof errors.ResponseError && error.statusCode === 503) return 0;
    throw error;
  }
}

/** Every log of a topic. */
export async function readSent(servers: BenchServers, topic: string): Promise<LogCounts> {
  await registerCodecs();
  const logger = createLogger('bench', 'error');
  const kafka = createKafka({ brokers: [servers.brokers], clientId: 'bench' }, logger);
  const offsets = createOffsetReader(kafka);
  const reader = createBatchReader(kafka, offsets, { topic, groupId: 'bench', readAheadBytes: 2 ** 24 }, logger);
  const counts: LogCounts = new Map();
  try {
    for (const [partition, { low, high }] of await offsets.ends(topic)) {
      for (let from = low; from < high; from += READ_RECORDS) {
        const to = Math.min(high, from + READ_RECORDS);
        const { records } = await reader.read(partition, from, to, new AbortController().signal);
        for (const { value } of records) {
          countLog(counts, logKey(JSON.parse(value!.toString()) as Parameters<typeof logKey>[0]));
        }
      }
    }
    return counts;
  } finally {
    await Promise.all([reader.close(), offsets.close()]);
  }
}

async function readFound(client: Client, index: string): Promise<LogCounts> {
  await client.indices.refresh({ index });
  const { id } = await client.openPointInTime({ index, keep_alive: '5m' });
  const counts: LogCounts = new Map();
  try {
    for (let after: (string | number)[] | undefined; ;) {
      const { hits } = await client.search<Parameters<typeof logKey>[0]>({
        ...{ pit: { id }, size: PAGE, sort: ['_shard_doc'], _source: [...TOLD_BY], track_total_hits: false },
        ...(after ? { search_after: after } : {}),
      });
      for (const { _source } of hits.hits) countLog(counts, logKey(_source!));
      after = hits.hits.at(-1)?.sort as typeof after;
      if (hits.hits.length < PAGE) return counts;
    }
  } finally {
    await client.closePointInTime({ id });
  }
}
