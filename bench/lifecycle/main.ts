import { parseArgs } from 'node:util';
import { partitionWorkflowId, supervisorWorkflowId } from '../../src/workflows/contract';
import { INTERRUPTIONS, interrupt, stopBySignal, untilRunning } from '../../test/support/life-cycle';
import { TestPipeline } from '../../test/support/pipeline';
import startServers from '../../test/support/start-servers';
import stopServers from '../../test/support/stop-servers';
import { waitFor } from '../../test/support/wait-for';
import { startProducer } from '../outage/producer';
import { checkLedger } from './checks';

const GRACE_MS = 30_000;
/** How long the pipeline may stand still after any of this. */
const STILL_MS = 60_000;

/**
 * Stops workers by SIGTERM under load, one of two at a time and now and then the only one, then terminates, cancels and resets
 * workflows, on the real servers; ends with 1 when anything is not as promised.
 */
async function lifecycle(): Promise<boolean> {
  const { rounds, rate, interruptions } = options();
  await startServers();
  const pipeline = new TestPipeline({ BATCH_LINGER_MS: '500', WORKER_SHUTDOWN_GRACE_MS: String(GRACE_MS) });
  pipeline.workerProgram = ['dist/src/workers/main.js'];
  const problems: string[] = [];
  let producer: ReturnType<typeof startProducer> | undefined;
  try {
    await pipeline.createTopic();
    await startAll(pipeline, 2);
    producer = startProducer(pipeline, rate);
    await moves(pipeline);
    problems.push(...(await stopWorkers(pipeline, rounds)));
    problems.push(...(await interruptAll(pipeline, interruptions)));
    await producer.stop();
    problems.push(...(await checkLedger(pipeline, say)));
    for (const problem of problems) say(`WRONG: ${problem}`);
    say(problems.length === 0 ? 'life cycle: everything as promised' : `life cycle: ${problems.length} wrong`);
    return problems.length === 0;
  } finally {
    await producer?.stop().catch(() => undefined);
    await pipeline.close().catch(() => undefined);
    await stopServers();
  }
}

/** A rolling restart, round by round; every fifth time both workers stop, and every fourth signal comes twice. */
async function stopWorkers(pipeline: TestPipeline, rounds: number): Promise<string[]> {
  const problems: string[] = [];
  const times: number[] = [];
  for (let round = 1; round <= rounds;) {
    const alone = round % 5 === 0;
    for (const worker of pipeline.runningWorkers().slice(0, alone ? 2 : 1)) {
      const { code, ms } = await stopBySignal(worker, round % 4 === 0 ? 2 : 1);
      times.push(ms);
      if (code !== 0) problems.push(`round ${round}: exit ${code}`);
      if (ms > GRACE_MS) problems.push(`round ${round}: ${ms} ms`);
      round += 1;
    }
    await startAll(pipeline, 2);
    const still = await moves(pipeline);
    if (still > STILL_MS) problems.push(`round ${round}: nothing was indexed for ${still} ms`);
    say(`${round - 1} stops, the last after ${times.at(-1)} ms; goes on after ${still} ms`);
  }
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  say(
    `${times.length} stops: median ${at(0.5)} ms, p90 ${at(0.9)} ms, longest ${sorted.at(-1)} ms; grace ${GRACE_MS} ms`,
  );
  return problems;
}

async function interruptAll(pipeline: TestPipeline, rounds: number): Promise<string[]> {
  const problems: string[] = [];
  const { topic } = pipeline;
  for (let round = 0; round < rounds; round += 1) {
    for (const how of INTERRUPTIONS) {
      for (const id of [partitionWorkflowId(topic, round % 4), supervisorWorkflowId(topic)]) {
        const from = performance.now();
        await interrupt(pipeline, id, how);
        const back = Math.round(performance.now() - from);
        const still = await moves(pipeline);
        if (still > STILL_MS) problems.push(`${how} of ${id}: nothing was indexed for ${still} ms`);
        say(`${how} of ${id}: runs again after ${back} ms`);
      }
    }
  }
  return problems;
}

async function startAll(pipeline: TestPipeline, count: number): Promise<void> {
  while (pipeline.runningWorkers().length < count) await untilRunning(pipeline.startWorker());
}

/** Waits until every partition has moved on, and says how long that took, in ms. */
async function moves(pipeline: TestPipeline): Promise<number> {
  const from = performance.now();
  for (const partition of [0, 1, 2, 3]) {
    const next = async () => Number((await pipeline.partitionState(partition)).ledger.next);
    const start = await waitFor(async () => (await next()) + 1, 90_000);
    await waitFor(async () => (await next()) >= start, 90_000);
  }
  return Math.round(performance.now() - from);
}

function options() {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { rounds: text, rate: text, interruptions: text } });
  const number = (given: string | undefined, otherwise: number, name: string) => {
    const value = Number(given ?? otherwise);
    if (!(value >= 0)) throw new Error(`--${name} must be a number of 0 or above`);
    return value;
  };
  return {
    rounds: number(values.rounds, 50, 'rounds'),
    rate: number(values.rate, 500, 'rate'),
    interruptions: number(values.interruptions, 4, 'interruptions'),
  };
}

function say(line: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}

lifecycle().then(
  (fine) => process.exit(fine ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
