import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { createBatchProducer, sendVerdict, type Compression } from './kafka-producer';
import type { OutageLog } from './outage-log';
import { Sender } from './sender';

export interface KafkaSenderOptions {
  kafka: Kafka;
  topic: string;
  partitions: number;
  /** The topic's partitions now; undefined when it is missing. */
  countPartitions: () => Promise<number | undefined>;
  batchSize: number;
  lingerMs: number;
  compression: Compression;
  outage: OutageLog;
}

const BACK_OFF_MS = [50, 200, 500, 1000] as const;

/** A sender on real producers, one connection per lane. */
export function createKafkaSender(options: KafkaSenderOptions): Sender {
  const { kafka, topic, compression, outage } = options;
  const sender: Sender = new Sender(options, {
    createProducer: () => createBatchProducer(kafka, topic, compression),
    verdict: sendVerdict,
    async reroute(partition) {
      const partitions = await options.countPartitions();
      if (partitions === undefined) throw new Error(`topic ${topic} is missing`);
      sender.setPartitions(partitions);
      return partition % partitions;
    },
    backOff: (attempt) => sleep(BACK_OFF_MS[Math.min(attempt, BACK_OFF_MS.length - 1)]),
    onFailure: (error) => outage.failed(error),
    onAcknowledged: () => outage.acknowledged(),
  });
  return sender;
}
