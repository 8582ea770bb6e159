import { randomUUID } from 'node:crypto';
import { loadConfig } from '../../src/config';
import { createBatchReader } from '../../src/kafka/batch-reader';
import { createKafka } from '../../src/kafka/client';
import { registerCodecs } from '../../src/kafka/codecs';
import { createDeadLetterSink, type DeadLetter } from '../../src/kafka/dead-letters';
import { createOffsetMirror } from '../../src/kafka/offset-mirror';
import { createOffsetReader } from '../../src/kafka/offsets';
import { prepareTopics } from '../../src/kafka/topics';
import { silent } from '../support/kafka-topic';
import { kafkaRecord } from '../support/records';
import { PASSWORD, SecureKafka, USER } from '../support/secure-kafka';
import { LIMITS, never, values } from '../support/topic-reader';
import { asItCame } from '../support/redaction';
import { waitFor } from '../support/wait-for';

const secure = new SecureKafka();
beforeAll(async () => {
  await registerCodecs();
  await secure.start();
}, 120_000);
afterAll(() => secure.stop(), 30_000);

const login = (mechanism: string, password = PASSWORD) => ({
  KAFKA_SASL_MECHANISM: mechanism,
  KAFKA_SASL_USERNAME: USER,
  KAFKA_SASL_PASSWORD: password,
});
const tls = () => ({ KAFKA_SSL: 'true', KAFKA_SSL_CA: secure.file('ca.pem') });

/** Everything of Kafka that a worker opens, by its settings. */
function open(env: Record<string, string>) {
  const topic = `t-${randomUUID().slice(0, 8)}`;
  const named = { KAFKA_TOPIC: topic, KAFKA_DEAD_LETTER_TOPIC: `${topic}.dead`, KAFKA_GROUP_ID: topic };
  const config = loadConfig({ ...named, KAFKA_PARTITIONS: '1', ...env }).kafka;
  const kafka = createKafka({ ...config, clientId: 'test' }, silent);
  const offsets = createOffsetReader(kafka);
  const reader = createBatchReader(kafka, offsets, config, silent);
  const mirror = createOffsetMirror(kafka, config, silent);
  const letters = createDeadLetterSink(kafka, config.deadLetterTopic, asItCame);
  const close = async () => {
    await Promise.all([reader.close(), mirror.close(), letters.close(), offsets.close()]);
  };
  return { config, kafka, offsets, reader, mirror, letters, close };
}

async function produce({ config, kafka }: ReturnType<typeof open>, ...messages: string[]): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: config.topic, messages: messages.map((value) => ({ value })) });
  await producer.disconnect();
}

function letterOf(topic: string): DeadLetter {
  const rejection = { code: 'invalid_json', field: '', detail: 'x' } as const;
  return { topic, generation: 1, partition: 0, record: kafkaRecord('not json'), rejection };
}

describe('a Kafka that wants a login or a certificate', () => {
  test.each([
    ['PLAIN', () => ({ KAFKA_BROKERS: secure.brokers.login, ...login('plain') })],
    ['SCRAM-SHA-256', () => ({ KAFKA_BROKERS: secure.brokers.login, ...login('scram-sha-256') })],
    ['SCRAM-SHA-512 over TLS', () => ({ KAFKA_BROKERS: secure.brokers.tls, ...tls(), ...login('scram-sha-512') })],
    [
      'a client certificate',
      () => ({
        KAFKA_BROKERS: secure.brokers.certificate,
        ...tls(),
        KAFKA_SSL_CERT: secure.file('client.pem'),
        KAFKA_SSL_KEY: secure.file('client.key'),
      }),
    ],
  ])(
    '%s: topics, reader, mirror and dead letters work',
    async (_how, env) => {
      const opened = open(env());
      const { config, kafka, reader, mirror, letters, offsets } = opened;
      await prepareTopics(kafka, config);
      await produce(opened, 'a', 'b');
      expect(values(await reader.pull(0, 0, { ...LIMITS, lingerMs: 500 }, never))).toEqual(['a', 'b']);
      await mirror.commit(0, '2', 'note');
      expect((await offsets.committed(config.groupId, config.topic)).get(0)).toEqual({ offset: '2', metadata: 'note' });
      await letters.write([letterOf(config.topic)]);
      expect((await offsets.ends(config.deadLetterTopic)).get(0)?.high).toBe(1);
      await opened.close();
    },
    60_000,
  );

  test.each([
    ['a wrong password, PLAIN', () => ({ KAFKA_BROKERS: secure.brokers.login, ...login('plain', 'canary') }), 'login'],
    [
      'a wrong password, SCRAM over TLS',
      () => ({ KAFKA_BROKERS: secure.brokers.tls, ...tls(), ...login('scram-sha-512', 'canary') }),
      'login',
    ],
    [
      'an authority that is not ours',
      () => ({ KAFKA_BROKERS: secure.brokers.tls, KAFKA_SSL: 'true', ...login('plain') }),
      'KAFKA_SSL_CA',
    ],
  ])(
    '%s: kafka_denied, which waits and says what to check, never the password',
    async (_case, env, told) => {
      const { config, kafka, reader, mirror, letters, offsets, close } = open(env());
      const calls = [
        prepareTopics(kafka, config),
        reader.pull(0, 0, LIMITS, never),
        mirror.commit(0, '1', ''),
        offsets.describe(config.topic),
        letters.write([letterOf(config.topic)]),
      ];
      for (const result of await Promise.allSettled(calls)) {
        const { reason } = result as PromiseRejectedResult;
        expect(reason).toMatchObject({ code: 'kafka_denied', verdict: 'wait' });
        expect((reason as Error).message).toContain(told);
        expect((reason as Error).message).not.toContain('canary');
      }
      await close();
    },
    90_000,
  );

  test('the password changes under way and back: the reader waits and goes on by itself', async () => {
    const opened = open({ KAFKA_BROKERS: secure.brokers.login, ...login('scram-sha-256') });
    const { config, kafka, reader, mirror } = opened;
    await prepareTopics(kafka, config);
    await produce(opened, 'before');
    expect(values(await reader.pull(0, 0, LIMITS, never))).toEqual(['before']);
    await mirror.commit(0, '1', '');
    await secure.setPassword('another');
    await secure.restart();
    const refused = await waitFor(async () => {
      const error: unknown = await reader.pull(0, 1, LIMITS, never).catch((reason: unknown) => reason);
      return (error as { code?: string }).code === 'kafka_denied';
    }, 60_000);
    expect(refused).toBe(true);
    await secure.setPassword(PASSWORD);
    await waitFor(() => produce(opened, 'after').then(() => true), 30_000);
    const taken = await waitFor(() => reader.pull(0, 1, LIMITS, never).catch(() => undefined), 60_000);
    expect(values(taken)).toEqual(['after']);
    await waitFor(() => mirror.commit(0, '2', '').then(() => true), 30_000);
    await opened.close();
  }, 180_000);
});
