import { readFileSync } from 'node:fs';
import Table from 'cli-table3';
import { fuzzInProcess } from './in-process';

const COUNT = Number(process.env['FUZZ_RECORDS'] ?? 1_000_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const MAX_RSS_MIB = 768;

/** `npm run fuzz`: FUZZ_RECORDS records of FUZZ_SEED, decoded, scored, built and compared in this process. */
function main(): void {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say(`${COUNT} records, seed ${SEED}`);
  const began = performance.now();
  const { records, indexed, verbatim, exact, filtered, rejected } = fuzzInProcess(COUNT, SEED, (so) =>
    say(`${so.records} records: ${so.indexed} indexed, none wrong`),
  );
  const table = new Table({ head: ['fate', 'records'] });
  table.push(['indexed', indexed], ['of these spliced', verbatim], ['of these by their own text', exact]);
  table.push(['filtered', filtered], ...Object.entries(rejected));
  say(table.toString());
  const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024;
  const seconds = (performance.now() - began) / 1000;
  say(`${records} records in ${seconds.toFixed(0)} s, seed ${SEED}, peak memory ${peak.toFixed(0)} MiB`);
  if (peak > MAX_RSS_MIB) throw new Error(`more than ${MAX_RSS_MIB} MiB`);
}

try {
  main();
} catch (error) {
  process.stderr.write(`seed ${SEED}: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
