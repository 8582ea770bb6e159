import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import Table from 'cli-table3';
import { REJECTION_CODES } from '../src/domain/record';
import { fuzzInProcess } from './in-process';
import { fuzzStack } from './stack';

const MAX_MIB = 768;
/** What a heap without garbage may grow by over a run, in MiB: pools of fast-check and code that is compiled late. */
const MAX_GROWTH_MIB = 48;
const LEAST_INDEXED = 0.4;
/** Below this many records a code may fail to come up. */
const ENOUGH = 100_000;
/** No record's bytes can have these alone: Elasticsearch says the one, a death of the process is the other. */
const NOT_BY_BYTES = ['mapping_rejected', 'process_killed'];

const USAGE = 'npm run fuzz -- [--stack] [--count 100000] [--seed 1]';

/** Fuzzed records of a seed, in this process or through real servers and a worker; ends with 1 when anything is wrong. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { stack: { type: 'boolean' }, count: { type: 'string' }, seed: { type: 'string' } },
  });
  const count = whole(values.count ?? (values.stack ? '100000' : '1000000'));
  const seed = whole(values.seed ?? String(Date.now() % 2 ** 31));
  say(`${count} records, seed ${seed}${values.stack ? ', through the stack' : ', in process'}`);
  const began = performance.now();
  const problems = values.stack ? await throughStack(count, seed) : inProcess(count, seed);
  say(`seed ${seed}, ${((performance.now() - began) / 1000).toFixed(0)} s`);
  for (const problem of problems.slice(0, 50)) say(`WRONG: ${problem}`);
  say(problems.length === 0 ? 'fuzz: nothing wrong' : `fuzz: ${problems.length} wrong`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

async function throughStack(count: number, seed: number): Promise<string[]> {
  const { counts, rejected, held, workerPeakMemoryMb, differences } = await fuzzStack(count, seed, say);
  show(counts.records, { indexed: counts.documents, filtered: counts.filtered, ...rejected });
  say(`${held} documents held against their records; the worker's peak memory ${workerPeakMemoryMb} MiB`);
  if (!(workerPeakMemoryMb > 0 && workerPeakMemoryMb <= MAX_MIB)) differences.push(`over ${MAX_MIB} MiB`);
  if (counts.records !== count) differences.push(`${counts.records} records in Kafka`);
  return [...differences, ...checkMix(count, counts.documents, rejected)];
}

function inProcess(count: number, seed: number): string[] {
  const heaps: number[] = [];
  const counts = fuzzInProcess(count, seed, ({ records, indexed }) => {
    heaps.push(heapWithoutGarbage());
    say(`${records} records: ${indexed} indexed, none wrong; ${heaps.at(-1)} MiB of heap in use`);
  });
  const { indexed, verbatim, spliced, exact, filtered, rejected } = counts;
  show(counts.records, {
    ...{ indexed, 'of these as they are': verbatim, 'by their shape': spliced, 'by their own text': exact, filtered },
  });
  show(counts.records, rejected);
  const peak = Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024);
  say(`peak memory ${peak} MiB`);
  const problems = checkMix(count, indexed, rejected);
  if (peak > MAX_MIB) problems.push(`more than ${MAX_MIB} MiB`);
  const growth = (heaps.at(-1) ?? 0) - (heaps[0] ?? 0);
  if (growth > MAX_GROWTH_MIB) problems.push(`the heap in use grew by ${growth} MiB`);
  return problems;
}

/** MiB that are still in use after a full collection. */
function heapWithoutGarbage(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return Math.round(process.memoryUsage().heapUsed / 2 ** 20);
}

/** A mix that is nearly all refused, or never for some reason, would show little. */
function checkMix(count: number, indexed: number, rejected: Record<string, number>): string[] {
  if (count < ENOUGH) return [];
  const missing = REJECTION_CODES.filter((code) => !NOT_BY_BYTES.includes(code) && !rejected[code]);
  const problems = missing.map((code) => `no record was refused as ${code}`);
  if (indexed / count < LEAST_INDEXED) problems.push(`only ${indexed} were indexed`);
  return problems;
}

function show(records: number, fates: Record<string, number>): void {
  const table = new Table({ head: ['fate', 'records', 'share'], style: { head: [], border: [] } });
  for (const [fate, number] of Object.entries(fates).sort(([, one], [, other]) => other - one)) {
    table.push([fate, number, `${((number / records) * 100).toFixed(2)} %`]);
  }
  say(table.toString());
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`whole numbers above 0 are wanted: ${USAGE}`);
  return number;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
