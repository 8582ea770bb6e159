import type { Difference } from '../check/compare';
import { cleanUp } from '../stack/clean-up';
import { namesOf } from '../stack/names';
import type { Cell } from './cell';
import { OPERATIONS } from './operations';
import { runAcceptGap, runRebind } from './run-decision';
import { runStream, type RunResult } from './run-stream';
import { openSubject, type Subject, type Surroundings } from './subject';
import type { Way } from './ways';

/** What needs a topic of its own, because it takes records or the topic away. */
export const DECISIONS: Record<string, (subject: Subject, way: Way, seed: number) => Promise<RunResult>> = {
  'accept-gap': runAcceptGap,
  rebind: runRebind,
};

const PARTITIONS = 3;

export interface MatrixRun extends Surroundings {
  ways: readonly Way[];
  /** Names of operations. */
  operations: readonly string[];
}

/** Gives every operation in every way, one way after the other. */
export async function runMatrix({ ways, operations, ...run }: MatrixRun): Promise<RunResult> {
  const all: { cells: Cell[]; records: number; differences: Difference[] } = { cells: [], records: 0, differences: [] };
  let seed = 7000;
  const take = async (partitions: number, way: Way, one: (subject: Subject, seed: number) => Promise<RunResult>) => {
    seed += 10;
    const names = namesOf(seed);
    const subject = await openSubject(run, names, partitions, [way]);
    try {
      const { cells, records, differences } = await one(subject, seed);
      all.cells.push(...cells);
      all.records += records;
      all.differences.push(...differences);
      run.say(`${records} records held against their fates: ${differences.length} differences`);
    } finally {
      await subject.worker.retire();
      await cleanUp(subject.clients, names).catch((error: unknown) => run.say(`clean-up: ${String(error)}`));
      await subject.close();
    }
  };
  for (const way of ways) {
    const wanted = OPERATIONS.filter(({ name }) => operations.includes(name));
    if (wanted.length > 0) {
      await take(PARTITIONS, way, (subject, number) =>
        runStream(
          subject,
          wanted.map((operation) => ({ operation, way })),
          number,
        ),
      );
    }
    for (const [name, decide] of Object.entries(DECISIONS)) {
      if (operations.includes(name)) await take(1, way, (subject, number) => decide(subject, way, number));
    }
  }
  return all;
}
