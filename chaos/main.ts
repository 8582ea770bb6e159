import { setMaxListeners } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { localFolder } from '../local/local-folder';
import { preparePrograms } from '../local/private-servers/prepare-programs';
import { projectRoot } from '../local/project';
import { runLanes } from './lanes';
import { makePlan } from './plan/plan';
import { parseSeeds } from './plan/parse-seeds';
import { currentCommit } from './report/commit';
import { describeResult } from './report/describe-result';
import { renderFaults, renderTable, replaceBetweenMarks } from './report/render-table';
import { appendResult, readResults, type ResultLine } from './report/results-file';
import { runSeed, type SeedResult } from './run-seed';
import { startStack } from './stack/chaos-stack';

interface Options {
  seeds: number[];
  minutes: number;
  lanes: number;
  settle: number;
  resume?: boolean;
  report: string;
  render?: string;
}

const OUT = join(localFolder(process.env), 'chaos');
const NO_COUNTS = { records: 0, documents: 0, letters: 0, filtered: 0, void: 0, duplicate: 0 };

function parseOptions(): Options {
  const program = new Command('chaos')
    .description('Breaks every component under load by a seeded schedule, and checks that each record met one fate.')
    .option('--seed, --seeds <list>', 'seeds, such as 7 or 1-100 or 1-5,9', toSeeds, [1])
    .option('--minutes <number>', 'how long the load lasts', toNumber, 1)
    .option('--lanes <number>', 'stacks side by side; each needs 2.5 GB', toNumber, 1)
    .option('--settle <seconds>', 'how long the pipeline may take to catch up at the end', toNumber, 120)
    .option('--resume', 'leave out seeds that the report has for this commit')
    .option('--report <file>', 'where results are appended, as lines of JSON', join(OUT, 'results.jsonl'))
    .option('--render <file>', 'runs nothing: writes the table of the report between the marks of a document')
    .parse();
  return program.opts<Options>();
}

async function main(options: Options): Promise<void> {
  const commit = await currentCommit();
  const before = readResults(options.report);
  if (options.render) {
    const results = before.filter((line) => options.seeds.length === 1 || options.seeds.includes(line.seed));
    const text = `${renderTable(results)}\n\nFaults: ${renderFaults(results)}.`;
    writeFileSync(options.render, replaceBetweenMarks(readFileSync(options.render, 'utf8'), text));
    return;
  }
  const seeds = options.seeds.filter((seed) => !options.resume || !isDone(before, seed, commit));
  say(`commit ${commit}, ${seeds.length} seeds of ${options.minutes} min, report in ${options.report}`);
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      say('stopping');
      process.exitCode = 1;
      stopping.abort();
    });
  }
  const programs = await preparePrograms();
  const durationMs = options.minutes * 60_000;
  await runLanes(seeds, {
    ...{ lanes: options.lanes, say, signal: stopping.signal },
    start: () => startStack(programs),
    run: (servers, seed, sayOfSeed) =>
      runSeed({
        ...{ servers, plan: makePlan(seed, durationMs), say: sayOfSeed, signal: stopping.signal },
        workerCommand: [process.execPath, join(projectRoot(), 'dist', 'src', 'workers', 'main.js')],
        settleLimitMs: options.settle * 1000,
        keepFolder: join(OUT, 'kept'),
      }),
    onResult: (seed, result) => {
      const line = { ...asLine(seed, durationMs, result), commit, at: new Date().toISOString(), load: loadavg()[0]! };
      appendResult(options.report, line);
      say(describeResult(line));
      if (line.error !== undefined) say(`seed ${seed} did not end: ${line.error}`);
      if (line.error !== undefined || line.differences.length > 0) process.exitCode = 1;
    },
  });
  writeFileSync(options.report.replace(/(\.jsonl)?$/, '.md'), `${renderTable(readResults(options.report))}\n`);
  say(process.exitCode ? 'chaos: there are differences' : 'chaos: no difference');
}

/** A seed that is in the report for other code is run again, and that is said. */
function isDone(before: ResultLine[], seed: number, commit: string): boolean {
  const earlier = before.filter((line) => line.seed === seed);
  const done = earlier.some((line) => line.commit === commit && line.error === undefined);
  if (!done && earlier.length > 0) say(`seed ${seed} is in the report for ${earlier.at(-1)!.commit} only: runs again`);
  return done;
}

function asLine(seed: number, durationMs: number, result: SeedResult | Error): SeedResult & { error?: string } {
  if (!(result instanceof Error)) return result;
  return {
    ...{ seed, durationMs, workers: 0, faults: [], sent: 0, unknown: 0, counts: NO_COUNTS, settledMs: 0, exits: 0 },
    ...{
      histories: { runs: 0, longest: 0, largestPayload: 0 },
      differences: [],
      error: result.stack ?? result.message,
    },
  };
}

function toSeeds(text: string): number[] {
  const seeds = parseSeeds(text);
  if (!seeds) throw new InvalidArgumentError('seeds are whole numbers and ranges, such as 1-5,9');
  return seeds;
}

function toNumber(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError('a number above 0 is wanted');
  return number;
}

function say(line: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}

const options = parseOptions();
main({ ...options, report: resolve(options.report) }).then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
