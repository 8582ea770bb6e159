import { runLoad } from '../load/run-load';
import { compareWritten } from '../check/compare-written';
import { readTopic } from '../check/read-topic';
import type { Difference } from '../check/compare';
import { checkHistories, checkTruth, readAccounts, settle } from './check';
import { loadPlan, type Cell, type Operation } from './cell';
import type { Subject } from './subject';
import { give, type Way } from './ways';

/** What a run has shown: each operation's cell, and what the check of every record found at the end. */
export interface RunResult {
  cells: Cell[];
  records: number;
  differences: Difference[];
}

/**
 * Runs operations one after the other on a pipeline under load, each given in one way or in that of its own turn, and
 * holds every record against its fate at the end.
 */
export async function runStream(
  subject: Subject,
  operations: readonly { operation: Operation; way: Way }[],
  seed: number,
): Promise<RunResult> {
  const ending = new AbortController();
  const loading = runLoad(
    subject.clients.kafka,
    subject.names.topic,
    loadPlan(seed, subject.partitions),
    ending.signal,
  );
  const cells: Cell[] = [];
  try {
    for (const { operation, way } of operations) {
      subject.signal.throwIfAborted();
      const startedAt = Date.now();
      subject.say(`${operation.name} by ${way} ...`);
      const seen = await operation.run(subject, way).then(
        (text) => ({ seen: text }),
        (error: unknown) => ({ error: (error as Error).message }),
      );
      cells.push({ operation: operation.name, way, tookMs: Date.now() - startedAt, ...seen });
      sayCell(subject, cells.at(-1)!);
      // What failed must not stop the next one from having its turn.
      if ('error' in seen) await resumeAll(subject);
    }
  } finally {
    ending.abort();
  }
  const written = await loading;
  subject.say('the load has ended; every record is held against its fate ...');
  const differences = await settle(subject);
  const kafka = await readTopic(subject.clients.kafka, subject.names.topic);
  const compared = await checkTruth(subject, { generation: 1, kafka, accounts: await readAccounts(subject) });
  differences.push(...compareWritten(written, kafka), ...compared.differences);
  differences.push(...(await checkHistories(subject, seed)));
  return { cells, records: compared.counts.records, differences };
}

/** Tells what became of one operation as soon as it is known. */
export function sayCell({ say }: Subject, { operation, way, tookMs, seen, error }: Cell): void {
  say(`${operation} by ${way}, ${Math.round(tookMs / 1000)} s: ${error === undefined ? seen : `FAILED: ${error}`}`);
}

/** Lifts what holds the topic, and what holds any one partition. */
async function resumeAll(subject: Subject): Promise<void> {
  const orders = [{}, ...Array.from({ length: subject.partitions }, (_, partition) => ({ partition }))];
  for (const order of orders) await give(subject, 'REST', 'resume', order).catch(() => undefined);
}
