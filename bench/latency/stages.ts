import type { Look } from './watermark';

/** A record by itself, with the times that it has from producer and broker, in ms. */
export interface Stamp {
  partition: number;
  offset: number;
  /** Its own time: when it was due at the generator. */
  made: number;
  /** When Kafka appended it. */
  appended: number;
}

/** When a batch ended a step, in ms. */
export interface StepEnd {
  step: 'pull' | 'score' | 'index';
  partition: number;
  from: number;
  /** Not included. */
  to: number;
  at: number;
}

/** The parts of a record's way, in order; together they are `total`. */
export const STAGES = ['appended', 'pulled', 'scored', 'indexed', 'searchable'] as const;
export type Stage = (typeof STAGES)[number];

/** What each record took for each part and in all, in ms: as many values in each list as there are records. */
export type Ages = Record<Stage | 'total', number[]>;

/**
 * Joins what producer, broker, worker and search know of each record.
 *
 * A step's end counts as no earlier than the one before it, and no later than the search that found the record: clocks have
 * whole milliseconds, and a refresh may show a record before its bulk request has been answered.
 *
 * @throws Error naming the first record of which something is not known
 */
export function agesOf(stamps: Stamp[], ends: StepEnd[], looks: Look[]): Ages {
  const ages: Ages = { appended: [], pulled: [], scored: [], indexed: [], searchable: [], total: [] };
  for (const partition of new Set(stamps.map((stamp) => stamp.partition))) {
    const own = stamps.filter((stamp) => stamp.partition === partition).sort((a, b) => a.offset - b.offset);
    const steps = (['pull', 'score', 'index'] as const).map((step) => {
      // What was tried again ends with its last attempt.
      const last = new Map<number, StepEnd>();
      for (const end of ends) if (end.step === step && end.partition === partition) last.set(end.from, end);
      return { step, ends: [...last.values()].sort((a, b) => a.from - b.from), at: 0 };
    });
    let look = 0;
    for (const { offset, made, appended } of own) {
      const what = `record ${offset} of partition ${partition}`;
      while (looks[look] && looks[look]!.next[partition]! <= offset) look += 1;
      if (!looks[look]) throw new Error(`${what} was never found`);
      const searchable = looks[look]!.at;
      const times = [made, Math.max(made, appended)];
      for (const walk of steps) {
        while (walk.ends[walk.at] && walk.ends[walk.at]!.to <= offset) walk.at += 1;
        const end = walk.ends[walk.at];
        if (!end || end.from > offset) throw new Error(`${what}: no span tells of its ${walk.step}`);
        times.push(Math.min(searchable, Math.max(times.at(-1)!, end.at)));
      }
      times.push(searchable);
      for (const [i, stage] of STAGES.entries()) ages[stage].push(times[i + 1]! - times[i]!);
      ages.total.push(searchable - made);
    }
  }
  return ages;
}
