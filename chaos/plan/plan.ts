import { createDice, type Dice } from './dice';
import { FAULT_KINDS, kindOf, occupies, type Fault, type FaultKind } from './faults';
import { drawFault } from './draw-fault';

/** A fault with its time, in ms from the start of the load. */
export interface ScheduledFault {
  at: number;
  /** How long it holds; servers need their time to start on top. */
  lasts: number;
  kind: FaultKind;
  fault: Fault;
}

/** Everything that a seed decides. */
export interface Plan {
  seed: number;
  durationMs: number;
  workers: number;
  partitions: number;
  load: LoadPlan;
  /** Settings of the workers. */
  settings: Record<string, string>;
  faults: ScheduledFault[];
}

/** What is written to the topic. */
export interface LoadPlan {
  recordsPerSecond: number;
  /** Times in ms at which this many records come at once. */
  bursts: { at: number; records: number }[];
  /** Share of records that are no sound log. */
  poisonShare: number;
  /** Whether some of the records are written in transactions, a part of which is aborted. */
  transactions: boolean;
}

const PARTITIONS = 4;
/** Streams of a seed's numbers: what is added to one shifts nothing in the others. */
const STREAMS = { load: 1, settings: 2, faults: 3, deck: 4 } as const;

/** The plan of a seed: the same seed and duration give the same plan. Pure. */
export function makePlan(seed: number, durationMs: number): Plan {
  const dice = createDice(seed, STREAMS.settings);
  const workers = dice.pick([1, 2, 2]);
  return {
    seed,
    durationMs,
    workers,
    partitions: PARTITIONS,
    load: planLoad(createDice(seed, STREAMS.load), durationMs),
    settings: {
      BATCH_MAX_RECORDS: dice.pick(['300', '2000', '20000']),
      BATCH_LINGER_MS: dice.pick(['300', '1000']),
      BATCH_WINDOW: dice.pick(['0', '2', '4']),
      CONTINUE_AS_NEW_BATCHES: dice.pick(['10', '50', '200']),
      COMMIT_INTERVAL_MS: dice.pick(['500', '2000', '5000']),
      ELASTICSEARCH_TIMEOUT_MS: dice.pick(['4000', '10000', '30000']),
    },
    faults: planFaults(seed, durationMs, workers),
  };
}

function planLoad(dice: Dice, durationMs: number): LoadPlan {
  const bursts = Array.from({ length: dice.whole(1, 3) }, () => ({
    at: dice.whole(2000, Math.max(2000, durationMs - 5000)),
    records: dice.whole(500, 2500),
  }));
  return {
    recordsPerSecond: dice.whole(100, 400),
    bursts: bursts.sort((a, b) => a.at - b.at),
    poisonShare: dice.pick([0.002, 0.01, 0.05]),
    transactions: dice.chance(0.4),
  };
}

/** No fault begins in the first seconds, and the last ones end with the load still running. */
const QUIET_START_MS = 4000;
const QUIET_END_MS = 4000;

function planFaults(seed: number, durationMs: number, workers: number): ScheduledFault[] {
  const dice = createDice(seed, STREAMS.faults);
  const busyUntil = new Map<string, number>();
  const faults: ScheduledFault[] = [];
  const waiting = dealKinds(seed, Math.ceil(durationMs / 4000) + 4);
  for (let at = QUIET_START_MS; at < durationMs - QUIET_END_MS; at += dice.whole(4000, 6000)) {
    const drawn = waiting.map((kind) => ({ kind, ...drawFault(kind, dice, workers) }));
    // A kind whose target is still busy waits for its turn.
    const index = drawn.findIndex(({ fault }) => (busyUntil.get(occupies(fault)) ?? 0) <= at);
    const next = drawn[index];
    if (!next) continue;
    waiting.splice(index, 1);
    busyUntil.set(occupies(next.fault), at + next.lasts + next.recoversMs);
    faults.push({ at, lasts: next.lasts, kind: kindOf(next.fault), fault: next.fault });
  }
  return faults;
}

/**
 * The kinds of a seed, from one long deck that is dealt over the seeds: each shuffled round holds every kind once, so a
 * few neighbouring seeds have them all.
 */
function dealKinds(seed: number, count: number): FaultKind[] {
  const STEP = 11;
  const first = seed * STEP;
  return Array.from({ length: count }, (_, i) => {
    const round = Math.floor((first + i) / FAULT_KINDS.length);
    return createDice(round, STREAMS.deck).shuffle(FAULT_KINDS)[(first + i) % FAULT_KINDS.length]!;
  });
}
