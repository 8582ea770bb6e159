import { createBatchReader } from '../../src/kafka/batch-reader';
import { createOffsetReader } from '../../src/kafka/offsets';
import type { TestPipeline } from '../../test/support/pipeline';
import { startProducer } from '../outage/producer';

const LOOK_MS = 100;
const PARTITIONS = [0, 1, 2, 3];

/** Milliseconds from Kafka's stamp until the ledger has a record's fate. */
export interface Freshness {
  p50: number;
  p99: number;
  records: number;
}

/** Measures how fresh the live pipeline is while records come at a rate for some seconds. */
export async function measureFreshness(pipeline: TestPipeline, rate: number, seconds: number): Promise<Freshness> {
  const nextOf = async (partition: number) => Number((await pipeline.partitionState(partition)).ledger.next);
  const first = await Promise.all(PARTITIONS.map(nextOf));
  const looks: { at: number; next: number }[][] = PARTITIONS.map(() => []);
  let watching = true;
  const watch = PARTITIONS.map(async (partition) => {
    while (watching) {
      const next = await nextOf(partition);
      looks[partition]!.push({ at: Date.now(), next });
      await pause(LOOK_MS);
    }
  });
  const producer = startProducer(pipeline, rate);
  await pause(seconds * 1000);
  await producer.stop();
  const ends = await readEnds(pipeline);
  while (looks.some((seen, partition) => (seen.at(-1)?.next ?? 0) < ends[partition]!)) await pause(LOOK_MS);
  watching = false;
  await Promise.all(watch);
  const stamps = await readStamps(pipeline, first, ends);
  const ages = stamps.flatMap((own, partition) => {
    const seen = looks[partition]!;
    let look = 0;
    return own.map(({ offset, timestamp }) => {
      while (seen[look]!.next <= offset) look += 1;
      return seen[look]!.at - timestamp;
    });
  });
  ages.sort((a, b) => a - b);
  const at = (share: number) => ages[Math.min(ages.length - 1, Math.floor(ages.length * share))]!;
  return { p50: at(0.5), p99: at(0.99), records: ages.length };
}

async function readEnds({ kafka, topic }: TestPipeline): Promise<number[]> {
  const offsets = createOffsetReader(kafka);
  try {
    const ends = await offsets.ends(topic);
    return PARTITIONS.map((partition) => ends.get(partition)!.high);
  } finally {
    await offsets.close();
  }
}

async function readStamps({ kafka, topic, logger }: TestPipeline, from: number[], to: number[]) {
  const offsets = createOffsetReader(kafka);
  const settings = {
    topic,
    groupId: `${topic}-stamps`,
    readAheadBytes: 8 * 1024 * 1024,
    readAheadTotalBytes: 64 * 1024 * 1024,
  };
  const reader = createBatchReader(kafka, offsets, settings, logger);
  try {
    const stamps: { offset: number; timestamp: number }[][] = [];
    for (const partition of PARTITIONS) {
      const [start, end] = [from[partition]!, to[partition]!];
      const { records } = await reader.read(partition, start, end, new AbortController().signal);
      stamps.push(records.map(({ offset, timestamp }) => ({ offset, timestamp })));
    }
    return stamps;
  } finally {
    await Promise.all([reader.close(), offsets.close()]);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
