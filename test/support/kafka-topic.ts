import { randomUUID } from 'node:crypto';
import { Partitioners, type Admin, type CompressionTypes, type Kafka, type Message, type Producer } from 'kafkajs';
import { createKafka } from '../../src/kafka/client';
import { registerCodecs } from '../../src/kafka/codecs';
import { createTopics } from '../../src/kafka/create-topics';
import { createLogger } from '../../src/logger';

export const silent = createLogger('test', 'silent');

/** A client for the broker of the integration tests. */
export function testKafka(): Kafka {
  const brokers = process.env['SLUICE_TEST_KAFKA_BROKERS'];
  if (!brokers) throw new Error('SLUICE_TEST_KAFKA_BROKERS is not set: run this test in the jest project integration');
  return createKafka({ brokers: [brokers], clientId: 'test' }, silent);
}

/** A topic of its own on the real broker, with what a test needs to fill and bend it. */
export class TestTopic {
  readonly name = `t-${randomUUID().slice(0, 8)}`;
  readonly kafka = testKafka();
  readonly admin: Admin = this.kafka.admin();
  readonly #producers: Producer[] = [];

  async open(partitions = 1, config: Record<string, string> = {}): Promise<this> {
    await registerCodecs();
    await this.admin.connect();
    await this.create(partitions, config);
    return this;
  }

  async create(partitions: number, config: Record<string, string> = {}): Promise<void> {
    const configEntries = Object.entries({ 'message.timestamp.type': 'LogAppendTime', ...config }).map(
      ([name, value]) => ({ name, value }),
    );
    await createTopics(this.admin, [{ topic: this.name, numPartitions: partitions, configEntries }]);
  }

  async producer(options: { transactionalId?: string } = {}): Promise<Producer> {
    const producer = this.kafka.producer({
      ...options,
      ...(options.transactionalId ? { idempotent: true, maxInFlightRequests: 1 } : {}),
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    this.#producers.push(producer);
    await producer.connect();
    return producer;
  }

  /** Writes messages to a partition, in one batch. */
  async write(messages: Message[], partition = 0, compression?: CompressionTypes): Promise<void> {
    const producer = this.#producers[0] ?? (await this.producer());
    await producer.send({
      topic: this.name,
      messages: messages.map((message) => ({ partition, ...message })),
      ...(compression === undefined ? {} : { compression }),
    });
  }

  /** Writes `count` messages whose values are `first`, `first + 1` and so on. */
  async writeNumbers(count: number, first = 0, partition = 0): Promise<void> {
    await this.write(
      numbers(first, first + count).map((value) => ({ value })),
      partition,
    );
  }

  /** Has Kafka delete everything below an offset, as its retention does. */
  async deleteBefore(offset: number, partition = 0): Promise<void> {
    await this.admin.fetchTopicMetadata({ topics: [this.name] });
    await this.admin.deleteTopicRecords({ topic: this.name, partitions: [{ partition, offset: String(offset) }] });
  }

  async close(): Promise<void> {
    await Promise.all(this.#producers.map((producer) => producer.disconnect()));
    await this.admin.deleteTopics({ topics: [this.name] }).catch(() => undefined);
    await this.admin.disconnect();
  }
}

/** `from` up to, not including, `to`, as text. */
export function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => String(from + i));
}
