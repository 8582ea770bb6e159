import { CompressionTypes, Partitioners, type Kafka, type Producer } from 'kafkajs';
import type { RedactLetter } from '../activities/ports';
import { PipelineError } from '../domain/errors';
import { gather } from '../domain/gather';
import { documentId } from '../domain/ids';
import { shownParts } from '../domain/message-parts';
import type { KafkaRecord, Rejection } from '../domain/record';
import { kafkaFailure } from './kafka-errors';

/** A record that cannot be indexed, where it stood, and why. */
export interface DeadLetter {
  topic: string;
  generation: number;
  partition: number;
  record: KafkaRecord;
  rejection: Rejection;
}

/** Writes dead letters; resolves when every one of them is safe on Kafka's side. */
export interface DeadLetterSink {
  /** Connects ahead of the first letter, which then need not wait; a failure is left to the first write. */
  open(): Promise<void>;
  /** @throws PipelineError dead_letters_unavailable, or kafka_denied where a login or a right is refused; then none or some are written, and writing them again is safe. Begins nothing once the signal is aborted. */
  write(letters: DeadLetter[], signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Bytes of one produce request, below Kafka's default limit of 1 MiB; one larger letter still goes alone. */
const REQUEST_BYTES = 512 * 1024;
/** Lengths and deltas that a record and a header of it carry beside their bytes, at most. */
const RECORD_OVERHEAD = 40;
const HEADER_OVERHEAD = 10;

/** A dead letter as Kafka takes it. */
interface Letter {
  key: string;
  value: Buffer | null;
  headers: Record<string, Buffer | string | (Buffer | string)[]>;
}

/**
 * A dead letter's key is the record's identity, so a letter that is written again is the same letter. Its value is the
 * record's bytes as they came but for secrets, the rest stands in headers.
 */
export function createDeadLetterSink(kafka: Kafka, deadLetterTopic: string, redact: RedactLetter): DeadLetterSink {
  let connected: Promise<Producer> | undefined;

  async function connect(): Promise<Producer> {
    const producer = kafka.producer({
      allowAutoTopicCreation: false,
      maxInFlightRequests: 1,
      // One topic, keyed letters: kafkajs's default is right, and says so at every start unless it is chosen.
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    return producer;
  }

  // One request at a time is all that the producer sends; what comes meanwhile shares the next one.
  const write = gather(async (letters: DeadLetter[]) => {
    try {
      connected ??= connect();
      const producer = await connected;
      for (const messages of splitBySize(letters.map((letter) => toMessage(letter, redact)))) {
        // Kafka's limit is on what it is sent: a record that came compressed may be far larger than the topic takes.
        const alone = messages.length === 1 && messageBytes(messages[0]!) > REQUEST_BYTES;
        const compression = alone ? CompressionTypes.GZIP : CompressionTypes.None;
        await producer.send({ topic: deadLetterTopic, acks: -1, compression, messages });
      }
    } catch (error) {
      const lost = connected;
      connected = undefined;
      void lost?.then((producer) => producer.disconnect()).catch(() => undefined);
      const failure = kafkaFailure(error, '');
      if (failure.code === 'kafka_denied') throw failure;
      throw new PipelineError('dead_letters_unavailable', `cannot write to topic ${deadLetterTopic}`, {
        cause: error,
      });
    }
    return letters;
  });

  return {
    async open() {
      connected ??= connect();
      await connected.catch(() => (connected = undefined));
    },
    write: async (letters, signal) => void (await write(letters, signal)),
    async close() {
      await (await connected?.catch(() => undefined))?.disconnect();
    },
  };
}

function* splitBySize(messages: Letter[]): Generator<Letter[]> {
  let request: Letter[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = messageBytes(message);
    if (request.length > 0 && bytes + size > REQUEST_BYTES) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(message);
    bytes += size;
  }
  if (request.length > 0) yield request;
}

/** All of it counts for Kafka's limit: a record without a value may have a large key, and headers larger still. */
function messageBytes({ key, value, headers }: Letter): number {
  let bytes = RECORD_OVERHEAD + key.length + (value?.length ?? 0);
  for (const [name, values] of Object.entries(headers)) {
    for (const one of [values].flat()) bytes += HEADER_OVERHEAD + Buffer.byteLength(name) + Buffer.byteLength(one);
  }
  return bytes;
}

function toMessage(letter: DeadLetter, redact: RedactLetter): Letter {
  const shown = redact(letter);
  const { topic, generation, partition, record, rejection } = shown;
  return {
    key: documentId({ generation, partition, offset: record.offset }),
    value: record.value,
    headers: {
      ...originalHeaders(record),
      'sluice.topic': topic,
      'sluice.generation': String(generation),
      'sluice.partition': String(partition),
      'sluice.offset': String(record.offset),
      'sluice.timestamp': String(record.timestamp),
      'sluice.reason': rejection.code,
      'sluice.field': rejection.field,
      'sluice.detail': rejection.detail.slice(0, 2000),
      ...partHeaders(rejection),
      ...(record.key ? { 'sluice.key': record.key } : {}),
      ...(shown === letter ? {} : { 'sluice.redacted': 'true' }),
    },
  };
}

function partHeaders(rejection: Rejection): Record<string, string> {
  const { parts, refused } = shownParts(rejection);
  return parts === undefined ? {} : { 'sluice.parts': String(parts), 'sluice.refused': JSON.stringify(refused) };
}

function originalHeaders(record: KafkaRecord) {
  // fromEntries defines own properties, so a header named __proto__ stays one.
  return Object.fromEntries(
    Object.entries(record.headers ?? {}).filter(
      (header): header is [string, Buffer | string | (Buffer | string)[]] => header[1] !== undefined,
    ),
  );
}
