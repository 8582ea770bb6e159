import { KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError, type Kafka } from 'kafkajs';
import { createBatchProducer, PartitionMissingError, sendVerdict } from '../../src/generator/kafka-producer';

/** As kafkajs makes them; its types know less than its constructor takes. */
const protocolError = (type: string) =>
  new KafkaJSProtocolError(Object.assign(new Error('text of the broker'), { type, code: 1, retriable: false }));
const log = { key: 'a', value: '{}', timestamp: 0 };

describe('sendVerdict', () => {
  test.each([
    ['MESSAGE_TOO_LARGE', 'split'],
    ['RECORD_LIST_TOO_LARGE', 'split'],
    ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'new_producer'],
    ['UNKNOWN_PRODUCER_ID', 'new_producer'],
    ['NOT_LEADER_FOR_PARTITION', 'again'],
    ['TOPIC_AUTHORIZATION_FAILED', 'again'],
  ])('%s: %s, plain or wrapped by kafkajs', (type, verdict) => {
    const plain = protocolError(type);
    const exhausted = new KafkaJSNumberOfRetriesExceeded(plain, { retryCount: 1, retryTime: 1 });
    expect([plain, exhausted].map(sendVerdict)).toEqual([verdict, verdict]);
  });

  test('anything unknown is tried again', () => {
    expect(sendVerdict(new Error('socket hang up'))).toBe('again');
    expect(sendVerdict('text')).toBe('again');
  });
});

describe('createBatchProducer', () => {
  function fakeKafka(answers: { partition: number }[], connects: (Error | undefined)[] = []) {
    const calls: string[] = [];
    const producer = {
      connect: async () => {
        calls.push('connect');
        const error = connects.shift();
        if (error) throw error;
      },
      send: async ({ messages }: { messages: unknown[] }) => (calls.push(`send ${messages.length}`), answers),
      disconnect: async () => {},
    };
    return { calls, kafka: { producer: () => producer } as unknown as Kafka };
  }

  test('connects once, before the first batch, and again when that failed', async () => {
    const { kafka, calls } = fakeKafka([{ partition: 2 }], [new Error('away')]);
    const producer = createBatchProducer(kafka, 'logs', 'lz4');
    await expect(producer.send({ partition: 2, logs: [log] })).rejects.toThrow('away');
    await producer.send({ partition: 2, logs: [log] });
    await producer.send({ partition: 2, logs: [log, log] });
    expect(calls).toEqual(['connect', 'connect', 'send 1', 'send 2']);
  });

  test('an answer that does not name the partition is not taken for an acknowledgement', async () => {
    const { kafka } = fakeKafka([]);
    const sending = createBatchProducer(kafka, 'logs', 'none').send({ partition: 9, logs: [log] });
    await expect(sending).rejects.toThrow(PartitionMissingError);
    await sending.catch((error: unknown) => expect(sendVerdict(error)).toBe('reroute'));
  });
});
