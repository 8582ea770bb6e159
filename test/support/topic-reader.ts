import { PipelineError } from '../../src/domain/errors';
import { createBatchReader, type BatchReader } from '../../src/kafka/batch-reader';
import { createOffsetReader } from '../../src/kafka/offsets';
import type { Taken } from '../../src/kafka/read-ahead';
import { silent, TestTopic } from './kafka-topic';

export const LIMITS = { maxRecords: 1000, maxBytes: 1024 * 1024, lingerMs: 50, waitMs: 20_000 };
export const never = new AbortController().signal;
export const values = ({ records }: Taken): string[] => records.map(({ value }) => String(value));

const opened: (() => Promise<void>)[] = [];

/** A reader on a topic of its own; both are closed by {@link closeReaders}. */
export async function openReader(partitions = 1, config: Record<string, string> = {}, readAheadBytes = 1024 * 1024) {
  const topic = await new TestTopic().open(partitions, config);
  const offsets = createOffsetReader(topic.kafka);
  const settings = { topic: topic.name, groupId: topic.name, readAheadBytes };
  const reader = createBatchReader(topic.kafka, offsets, settings, silent);
  opened.push(async () => {
    await Promise.all([reader.close(), offsets.close()]);
    await topic.close();
  });
  return { topic, reader, offsets };
}

/** The pipeline's error that a call fails with. */
export async function failure(call: Promise<unknown>): Promise<PipelineError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PipelineError);
  return error as PipelineError;
}

/** For afterEach. */
export async function closeReaders(): Promise<void> {
  for (const close of opened.splice(0)) await close();
}

/** Pulls of partition 0 until the range reaches an offset. */
export async function pullTo(reader: BatchReader, from: number, end: number, limits = LIMITS): Promise<string[]> {
  const all: string[] = [];
  for (let next = from; next < end;) {
    const taken = await reader.pull(0, next, limits, never);
    all.push(...values(taken));
    next = taken.to;
  }
  return all;
}
