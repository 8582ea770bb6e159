import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { localFolder } from '../../local/local-folder';
import { FlagError } from '../flags';
import { describeMachine } from '../machine';
import { startProgram, stopProcess } from '../own-stack';
import { HELP, readOptions, type StressOptions } from './options';
import { describeKinds, describeSample, showProgress } from './progress';
import { runClients } from './query-clients';
import { renderReport, type StressResult } from './render-report';
import { Sampler } from './sample';
import { Tally } from './tally';
import { findRunningStack, makeOwnStack, type StressTarget } from './target';

const SAMPLE_MS = 1000;

/**
 * Logs and queries at once for a while; then a report. Ctrl-C ends it early, with the report of what was until then.
 *
 * @returns whether everything that was asked was answered, and every log that was made was acknowledged
 */
async function main(): Promise<boolean> {
  const options = readOptions();
  if (options === 'help') {
    process.stdout.write(HELP);
    return true;
  }
  const startedAt = new Date().toISOString();
  const folder = join(localFolder(process.env), 'stress', startedAt.replaceAll(':', '-').slice(0, 19));
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const loadBefore = loadavg()[0]!;
  mkdirSync(folder, { recursive: true });
  const target = options.ownStack ? await makeOwnStack(folder) : await findRunningStack(process.env);
  try {
    say(`stack: ${target.says}`);
    const run = await stress(target, options, folder, stop.signal);
    const about = { startedAt, machine: describeMachine(), loadBefore, stack: target.says, options };
    const result: StressResult = { ...about, ...run };
    writeFileSync(join(folder, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
    writeFileSync(join(folder, 'report.html'), renderReport(result));
    say(describeKinds(result.kinds));
    for (const problem of result.problems) say(`WRONG: ${problem}`);
    say(`report: ${join(folder, 'report.html')}`);
    return result.problems.length === 0;
  } finally {
    await target.stop();
  }
}

async function stress(
  target: StressTarget,
  options: StressOptions,
  folder: string,
  stop: AbortSignal,
): Promise<Pick<StressResult, 'samples' | 'kinds' | 'problems'>> {
  // Not AbortSignal.any with a timeout: Node 20 may collect the latter as garbage, and the run would never end.
  const end = new AbortController();
  const ended = end.signal;
  const timer = setTimeout(() => end.abort(), options.seconds * 1000);
  if (stop.aborted) end.abort();
  stop.addEventListener('abort', () => end.abort(), { once: true });
  const tally = new Tally();
  const env = { ...target.env, GENERATOR_RATE: String(options.rate), GENERATOR_COUNT: '0' };
  // A seed of its own: beside the stack's generator the same requests would come twice.
  const seed = String(Date.now() % 2 ** 32);
  const logFile = join(folder, 'generator.log');
  const generator =
    options.rate > 0 ? startProgram('generator/main.js', { ...env, GENERATOR_SEED: seed }, logFile) : undefined;
  const pids = { ...target.pids, ...(generator?.pid !== undefined && { 'stress generator': generator.pid }) };
  const sampler = new Sampler(target, pids, tally);
  const samples: StressResult['samples'] = [];
  try {
    const clients = runClients(target, options, tally, ended);
    while (!ended.aborted) {
      await sleep(SAMPLE_MS, undefined, { signal: ended }).catch(() => undefined);
      const sample = await sampler.take();
      samples.push(sample);
      showProgress(describeSample(sample));
    }
    const { asked, due } = await clients;
    if (process.stdout.isTTY) say('');
    // Ctrl-C reaches the generator as well.
    const alive = stop.aborted || generator === undefined || generator.exitCode === null;
    const code = generator && (await stopProcess(generator));
    const problems = [
      ...(alive ? [] : ['the generator ended early']),
      ...(generator && code !== 0 ? [`the generator ended with ${code}; its words are in ${logFile}`] : []),
    ];
    const kinds = tally.figures();
    const failed = Object.values(kinds).reduce(
      (sum, { errors }) => sum + Object.values(errors).reduce((count, one) => count + one, 0),
      0,
    );
    // A client that waits for its answer when the next query is due is no sign yet.
    if (due - asked > Math.max(options.clients, due / 100)) {
      problems.push(
        `${due - asked} of ${due} queries were due and not asked: too few clients, or answers that come too late`,
      );
    }
    if (failed > 0) problems.push(`queries that failed: ${failed}`);
    return { samples, kinds, problems };
  } finally {
    clearTimeout(timer);
    end.abort();
    if (generator) await stopProcess(generator);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().then(
  (fine) => process.exit(fine ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${error instanceof FlagError ? error.message : (error as Error).stack}\n`);
    process.exit(error instanceof FlagError ? 2 : 1);
  },
);
