import type { TopicOffsets } from '../ports';

/** How far one partition is. */
export interface LaggingPartition {
  partition: number;
  /** First offset without a fate. */
  next: number;
  /** Offset behind the last record. */
  end: number;
}

/** Ages asked for, in seconds: each twice the last, up to 24 days. */
const AGES = Array.from({ length: 22 }, (_, power) => 2 ** power);

/**
 * How long the oldest record without a fate has been in Kafka, in seconds, by Kafka's own index of timestamps: so it is
 * right though no worker lives and nobody watched before. Asked for ages that double until each partition lies between
 * two of them, and taken between these as if the records had come evenly.
 *
 * @returns by partition; 0 where nothing waits, the oldest age asked for where it is older still
 */
export async function lagAges(
  offsets: Pick<TopicOffsets, 'offsetsAt'>,
  topic: string,
  partitions: readonly LaggingPartition[],
  now: number,
): Promise<Map<number, number>> {
  const ages = new Map(partitions.map(({ partition }) => [partition, 0]));
  let open = partitions.filter(({ next, end }) => next < end).map((one) => ({ ...one, younger: one.end }));
  let last = 0;
  for (const age of AGES) {
    if (open.length === 0) break;
    const first = await offsets.offsetsAt(topic, now - age * 1000);
    open = open.filter((one) => {
      const offset = first.get(one.partition) ?? one.end;
      if (offset > one.next) {
        one.younger = offset;
        ages.set(one.partition, age);
        return true;
      }
      ages.set(one.partition, age - ((one.next - offset) / (one.younger - offset)) * (age - last));
      return false;
    });
    last = age;
  }
  return ages;
}
