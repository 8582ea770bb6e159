import type { Plan } from '../plan/plan';
import type { Subject } from './subject';
import type { Way } from './ways';

/** One operation on a pipeline under load, with a kill -9 of the worker in the middle of it. */
export interface Operation {
  name: string;
  /** @returns what was seen, in a few words @throws Error when the operation has not had its effect */
  run: (subject: Subject, way: Way) => Promise<string>;
}

/** One operation given in one way: what was seen, or why it had not its effect. */
export interface Cell {
  operation: string;
  way: Way;
  tookMs: number;
  seen?: string;
  error?: string;
}

/** The load: until it is told to stop, with poison and transactions. */
export function loadPlan(seed: number, partitions: number): Plan {
  const load = { recordsPerSecond: 300, bursts: [{ at: 2000, records: 1500 }], poisonShare: 0.01, transactions: true };
  return { seed, durationMs: 3_600_000, workers: 1, partitions, settings: {}, faults: [], load };
}
