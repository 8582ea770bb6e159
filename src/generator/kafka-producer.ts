import { CompressionTypes, type Kafka, type Producer } from 'kafkajs';
import type { Batch, BatchProducer, Verdict } from './lane';

/** The answer named no offset for the batch's partition: kafkajs drops messages for a partition that it does not know. */
export class PartitionMissingError extends Error {
  override readonly name = 'PartitionMissingError';
}

const COMPRESSION = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} as const;
export type Compression = keyof typeof COMPRESSION;

/** The broker has lost the state behind this producer's sequence numbers, or they have run out (2^31 per partition). */
const STALE_PRODUCER = [
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
];

/**
 * An idempotent producer of one connection, connected at the first batch. One batch goes to one partition and so to one
 * broker: with several, kafkajs sends again what one of them has taken when another fails.
 */
export function createBatchProducer(kafka: Kafka, topic: string, compression: Compression): BatchProducer {
  const producer = kafka.producer({
    idempotent: true,
    allowAutoTopicCreation: false,
    maxInFlightRequests: 1,
    // The lane repeats; kafkajs wants at least one repeat of its own for an idempotent producer.
    retry: { retries: 1 },
    createPartitioner: () => (args) => args.message.partition!,
  });
  const connect = connectOnce(producer);
  return {
    async send({ partition, logs }: Batch) {
      await connect();
      const answers = await producer.send({
        topic,
        acks: -1,
        compression: COMPRESSION[compression],
        messages: logs.map(({ key, value }) => ({ key, value, partition })),
      });
      if (!answers.some((answer) => answer.partition === partition)) {
        throw new PartitionMissingError(`topic ${topic} has no partition ${partition}`);
      }
    },
    close: () => producer.disconnect(),
  };
}

/** Decides by kafkajs's own error types, through the wrappers it puts around them. */
export function sendVerdict(error: unknown): Verdict {
  if (error instanceof PartitionMissingError) return 'reroute';
  const type = protocolErrorType(error);
  if (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE') return 'split';
  return type !== undefined && STALE_PRODUCER.includes(type) ? 'new_producer' : 'again';
}

function protocolErrorType(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('type' in cause && typeof cause.type === 'string') return cause.type;
  }
  return undefined;
}

/** Connects at the first call, and again at the next when that failed. */
function connectOnce(producer: Producer): () => Promise<void> {
  let connected: Promise<void> | undefined;
  return () =>
    (connected ??= producer.connect().catch((error: unknown) => {
      connected = undefined;
      throw error;
    }));
}
