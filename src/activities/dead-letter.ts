import type { BatchRef } from '../domain/batch';
import type { KafkaRecord } from '../domain/record';
import { keptDocuments, leftOf } from './held-documents';
import type { DeadLetters, LetterIndex, RecordIndex } from './ports';
import type { PreparedBatch } from './prepare-batch';
import type { Settlement } from './settlement';

/**
 * Gives rejected records their fate. A record that has a letter keeps it as it is; one that has a document, written under
 * other rules or by another mapping, is never dead-lettered. Of a message with several log records that holds for each of
 * them; the good ones have their documents before it gets its letter. The topic comes first: a letter that can be found is
 * in the topic too.
 *
 * @param rejected positions in `records`, and why
 * @param signal nothing is begun after it, and what is under way is not waited for
 */
export async function deadLetter(
  rejected: PreparedBatch['rejected'],
  records: KafkaRecord[],
  settlement: Settlement,
  { ref, epoch }: { ref: BatchRef; epoch: number },
  deps: { deadLetters: DeadLetters; letters: LetterIndex; index: Pick<RecordIndex, 'holds'> },
  signal: AbortSignal,
): Promise<void> {
  const step = <T>(begin: () => Promise<T>) => unlessAborted(signal, begin);
  const isPending = ({ position }: { position: number }) => !settlement.isSettled(position);
  let pending = rejected.filter(isPending);
  if (pending.length === 0) return;
  const chosen = pending.map(({ position }) => records[position]!);
  const parts = pending.map(({ rejection }) => rejection.parts?.total);
  const lookUp = () => Promise.all([deps.letters.find(ref, chosen), deps.index.holds(ref, chosen, parts)]);
  const [found, held] = await step(lookUp);
  pending = pending.flatMap(({ position, rejection }) => {
    const { offset } = records[position]!;
    const letter = found.get(offset);
    const left = leftOf(rejection, held.get(offset));
    if (letter) settlement.settle(position, 'deadLettered', letter.kept);
    else if (!left) settlement.settle(position, 'duplicate', held.get(offset)!.of);
    else return [{ position, rejection: left }];
    return [];
  });
  if (pending.length === 0) return;
  const { topic, generation, partition } = ref;
  const letters = pending.map(({ position, rejection }) => ({
    ...{ topic, generation, partition, rejection, epoch },
    record: records[position]!,
  }));
  await step(() => deps.deadLetters.write(letters, signal));
  await step(() => deps.letters.create(letters, signal));
  for (const { position, rejection } of pending) settlement.settle(position, 'deadLettered', keptDocuments(rejection));
}

/** Several batches share the requests for letters, so one of them cannot end a request; it can go. */
async function unlessAborted<T>(signal: AbortSignal, begin: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([begin(), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
