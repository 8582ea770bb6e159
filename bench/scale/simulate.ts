import type { Costs, Tier } from './costs';

/** A pipeline that drains a backlog. */
export interface Setup {
  workers: number;
  partitions: number;
  /** Records of a batch. */
  batch: number;
  /** Batches of one partition under way at the same time. */
  window: number;
  /** Cores of the one machine that everything shares; absent where each tier has as many as it can use. */
  cores?: number;
  /** Records of all partitions together. */
  records: number;
  /** Seconds that a step waits for messages between processes, besides all work. */
  stepDelay: number;
}

interface Job {
  partition: number;
  worker: number;
  records: number;
  /** Seconds of CPU left in this step, or of waiting. */
  left: number;
  step: number;
  /** Order in which jobs came to their steps. */
  since: number;
}

/**
 * The steps of a batch, in order. What Temporal does for a batch is spread over them; Kafka's work belongs to the pull.
 * Batches of a partition are booked in their order, which costs too little to be a step.
 */
const STEPS: readonly { tier: Tier | 'wait'; share: number }[] = [
  { tier: 'temporal', share: 1 / 3 },
  { tier: 'wait', share: 1 },
  { tier: 'kafka', share: 1 },
  { tier: 'worker', share: 0.7 },
  { tier: 'temporal', share: 1 / 3 },
  { tier: 'wait', share: 1 },
  { tier: 'worker', share: 0.3 },
  { tier: 'elasticsearch', share: 1 },
  { tier: 'temporal', share: 1 / 3 },
];

/**
 * Records per second of a backlog that is drained, by simulation: batches are jobs that share cores evenly. A worker does one
 * batch after the other, as its JavaScript has one thread, and a bulk request's work is done by one thread, too.
 */
export function simulateDrain(setup: Setup, costs: Costs): number {
  const left = Array.from({ length: setup.partitions }, () => setup.records / setup.partitions);
  const jobs: Job[] = [];
  let begun = 0;
  let steps = 0;
  const begin = (partition: number) => {
    const records = Math.min(setup.batch, left[partition]!);
    if (records <= 0) return;
    left[partition]! -= records;
    // The queue of a batch's steps belongs to the worker that has read it.
    const job = { partition, worker: begun++ % setup.workers, records, left: 0, step: 0, since: (steps += 1) };
    job.left = workOf(job, setup, costs);
    jobs.push(job);
  };
  for (let turn = 0; turn < setup.window; turn += 1) left.forEach((_, partition) => begin(partition));
  let now = 0;
  while (jobs.length > 0) {
    const speeds = shareCores(jobs, setup);
    const wait = Math.min(...jobs.map((job, at) => job.left / speeds[at]!));
    now += wait;
    for (const [at, job] of [...jobs].entries()) {
      job.left -= speeds[at]! * wait;
      while (job.left <= 1e-12) {
        job.step += 1;
        job.since = steps += 1;
        if (job.step === STEPS.length) {
          jobs.splice(jobs.indexOf(job), 1);
          begin(job.partition);
          break;
        }
        job.left = workOf(job, setup, costs);
      }
    }
  }
  return setup.records / now;
}

function workOf({ step, records }: Job, { stepDelay }: Setup, { tiers }: Costs): number {
  const { tier, share } = STEPS[step]!;
  if (tier === 'wait') return stepDelay;
  const { perRecord, perBatch } = tiers[tier];
  return share * (perRecord * records + perBatch);
}

/** The speed of each job: cores in even shares, at most one each; those that wait for their worker have none. */
function shareCores(jobs: readonly Job[], { cores = Infinity }: Setup): number[] {
  const first = new Map<number, Job>();
  for (const job of jobs) {
    const other = first.get(job.worker);
    if (tierOf(job) === 'worker' && (other === undefined || job.since < other.since)) first.set(job.worker, job);
  }
  const computes = (job: Job) => (tierOf(job) === 'worker' ? first.get(job.worker) === job : tierOf(job) !== 'wait');
  const each = Math.min(1, cores / Math.max(1, jobs.filter(computes).length));
  return jobs.map((job) => (tierOf(job) === 'wait' ? 1 : computes(job) ? each : 0));
}

function tierOf({ step }: Job): Tier | 'wait' {
  return STEPS[step]!.tier;
}
