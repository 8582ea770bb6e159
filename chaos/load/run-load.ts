import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { createDice } from '../plan/dice';
import type { Plan } from '../plan/plan';
import { MessageStream } from './messages';
import { createPlainProducer, createTransactionalProducer } from './producers';
import { Written } from './written';

const TICK_MS = 250;
/** What one tick sends at most, so that a backlog after an outage comes in pieces. */
const MAX_PER_TICK = 3000;
const TRANSACTION_EVERY_MS = 1500;

/** Streams of a seed's numbers, behind those of its plan. */
const STREAMS = { messages: 11, plain: 12, transactional: 13 } as const;

/** Writes the load of a plan straight to Kafka, whatever happens to Kafka meanwhile, and gives what was written. */
export async function runLoad(kafka: Kafka, topic: string, plan: Plan, signal: AbortSignal): Promise<Written> {
  const { seed, partitions, durationMs, load } = plan;
  const written = new Written();
  const stream = new MessageStream(seed, createDice(seed, STREAMS.messages), load.poisonShare, Date.now());
  const target = { kafka, topic, partitions };
  const plain = createPlainProducer(target, createDice(seed, STREAMS.plain), written);
  const startedAt = Date.now();
  const elapsed = () => Date.now() - startedAt;
  const running = () => elapsed() < durationMs && !signal.aborted;

  const writePlainly = async () => {
    const bursts = [...load.bursts];
    let taken = 0;
    while (running()) {
      let due = Math.floor((elapsed() / 1000) * load.recordsPerSecond) - taken;
      taken += due;
      while (bursts[0] && bursts[0].at <= elapsed()) due += bursts.shift()!.records;
      await plain.send(Array.from({ length: Math.min(due, MAX_PER_TICK) }, () => stream.next()));
      await sleep(TICK_MS);
    }
    await plain.close();
  };
  const writeInTransactions = async () => {
    if (!load.transactions) return;
    const dice = createDice(seed, STREAMS.transactional);
    const transactional = createTransactionalProducer(target, dice, written);
    while (running()) {
      await transactional.send(Array.from({ length: dice.whole(1, 60) }, () => stream.next()));
      await sleep(TRANSACTION_EVERY_MS);
    }
    await transactional.close();
  };
  await Promise.all([writePlainly(), writeInTransactions()]);
  return written;
}
