import { createHash, type Hash } from 'node:crypto';
import { CompressionTypes, Partitioners, type Kafka } from 'kafkajs';
import { makeRecords } from './records';

/** One digest over a partition's values in order: what was sent must be what lies there. */
export class ValuesDigest {
  readonly #hash: Hash = createHash('sha256');
  count = 0;

  add(value: Buffer | null): void {
    this.#hash.update(value === null ? 'null;' : `${value.length};`);
    if (value) this.#hash.update(value);
    this.count += 1;
  }

  finish(): string {
    return `${this.count} values, ${this.#hash.digest('hex')}`;
  }
}

/** At most this many bytes in one message batch: the topic takes 12 MiB. */
const GROUP_BYTES = 4 * 2 ** 20;

/** Sends the records of a seed to the partitions in turn; gives one digest a partition. */
export async function sendRecords(
  kafka: Kafka,
  topic: string,
  partitions: number,
  { count, seed }: { count: number; seed: number },
  say: (line: string) => void,
): Promise<string[]> {
  const producer = kafka.producer({
    ...{ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false },
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  const digests = Array.from({ length: partitions }, () => new ValuesDigest());
  let sent = 0;
  await producer.connect();
  try {
    for (const values of makeRecords(count, seed)) {
      for (const group of bySize(values)) {
        const messages = group.map((value) => {
          const partition = sent % partitions;
          digests[partition]!.add(value);
          sent += 1;
          return { partition, key: null, value };
        });
        await producer.send({ topic, acks: -1, compression: CompressionTypes.LZ4, messages });
      }
      if (sent % 10_000 === 0) say(`${sent} records sent`);
    }
  } finally {
    await producer.disconnect();
  }
  return digests.map((digest) => digest.finish());
}

function* bySize(values: (Buffer | null)[]): Generator<(Buffer | null)[]> {
  let group: (Buffer | null)[] = [];
  let bytes = 0;
  for (const value of values) {
    const size = value?.length ?? 0;
    if (group.length > 0 && bytes + size > GROUP_BYTES) {
      yield group;
      [group, bytes] = [[], 0];
    }
    group.push(value);
    bytes += size;
  }
  if (group.length > 0) yield group;
}
