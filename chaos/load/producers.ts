import { CompressionTypes, type Kafka, type Message, type Producer } from 'kafkajs';
import type { Dice } from '../plan/dice';
import type { ChaosMessage } from './messages';
import type { Written } from './written';

const COMPRESSIONS = [
  CompressionTypes.None,
  CompressionTypes.GZIP,
  CompressionTypes.Snappy,
  CompressionTypes.LZ4,
  CompressionTypes.ZSTD,
] as const;
/** A larger message goes alone and compressed: Kafka's limit of 1 MiB is on the batch as it is sent. */
const LARGE_BYTES = 256 * 1024;

interface Target {
  kafka: Kafka;
  topic: string;
  partitions: number;
}

/** Sends messages and books what became of them. Nothing is ever sent twice: what failed is unknown and stays so. */
export interface LoadProducer {
  send(messages: ChaosMessage[]): Promise<void>;
  close(): Promise<void>;
}

/** An idempotent producer, opened anew after each failure. */
export function createPlainProducer(target: Target, dice: Dice, written: Written): LoadProducer {
  const open = reopening(() =>
    target.kafka.producer({ idempotent: true, maxInFlightRequests: 1, ...common(dice, target) }),
  );
  return {
    async send(messages) {
      const large = messages.filter(({ value }) => (value?.length ?? 0) > LARGE_BYTES);
      const small = messages.filter((message) => !large.includes(message));
      for (const group of [small, ...large.map((message) => [message])]) {
        if (group.length === 0) continue;
        const compression = group[0] === large[0] ? CompressionTypes.GZIP : dice.pick(COMPRESSIONS);
        const sent = await open.use((producer) =>
          producer.send({ topic: target.topic, acks: -1, compression, messages: group.map(toMessage) }),
        );
        for (const { seq } of group) (sent ? written.acknowledged : written.unknown).add(seq);
      }
    },
    close: () => open.close(),
  };
}

/** A transactional producer: each call is one transaction, and about a third of them are aborted. */
export function createTransactionalProducer(target: Target, dice: Dice, written: Written): LoadProducer {
  const transactionalId = `${target.topic}-transactions`;
  const open = reopening(() =>
    target.kafka.producer({
      ...{ transactionalId, idempotent: true, maxInFlightRequests: 1, transactionTimeout: 20_000 },
      ...common(dice, target),
    }),
  );
  return {
    async send(messages) {
      const abort = dice.chance(0.35);
      const compression = dice.pick(COMPRESSIONS);
      const small = messages.filter(({ value }) => (value?.length ?? 0) <= LARGE_BYTES);
      const done = await open.use(async (producer) => {
        const transaction = await producer.transaction();
        await transaction.send({ topic: target.topic, acks: -1, compression, messages: small.map(toMessage) });
        await (abort ? transaction.abort() : transaction.commit());
      });
      const book = done ? (abort ? written.aborted : written.acknowledged) : written.unknown;
      for (const { seq } of small) book.add(seq);
    },
    async close() {
      // Whatever transaction was left open is aborted by the next one of the same id.
      for (let attempt = 0; attempt < 10; attempt += 1) {
        const ended = await open.use(async (producer) => {
          const transaction = await producer.transaction();
          await transaction.abort();
        });
        if (ended) break;
      }
      await open.close();
    },
  };
}

function common(dice: Dice, { partitions }: Target) {
  return {
    allowAutoTopicCreation: false,
    retry: { retries: 2, initialRetryTime: 200, maxRetryTime: 1000 },
    createPartitioner: () => () => dice.whole(0, partitions - 1),
  };
}

/** A producer that is connected at the first use and given up at the first error. */
function reopening(create: () => Producer) {
  let current: Producer | undefined;
  return {
    /** True when `run` came to its end. */
    async use(run: (producer: Producer) => Promise<unknown>): Promise<boolean> {
      try {
        if (!current) {
          const opened = create();
          await opened.connect();
          current = opened;
        }
        await run(current);
        return true;
      } catch {
        const lost = current;
        current = undefined;
        await lost?.disconnect().catch(() => undefined);
        return false;
      }
    },
    async close() {
      await current?.disconnect().catch(() => undefined);
    },
  };
}

function toMessage({ key, value, headers }: ChaosMessage): Message {
  return { key, value, headers };
}
