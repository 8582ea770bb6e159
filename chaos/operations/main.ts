import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { preparePrograms } from '../../local/private-servers/prepare-programs';
import { stopPrivateServers } from '../../local/private-servers/stop-private-servers';
import { projectRoot } from '../../local/project';
import { registerCodecs } from '../../src/kafka/codecs';
import { startStack } from '../stack/chaos-stack';
import { OPERATIONS } from './operations';
import { renderCells } from './render-cells';
import { DECISIONS, runMatrix } from './run-matrix';
import { WAYS, type Way } from './ways';

interface Options {
  ways: Way[];
  operations: string[];
}

/** As a shell has it after SIGINT. */
const EXIT_INTERRUPTED = 130;
/** One mistake may touch thousands of records. */
const SHOWN_DIFFERENCES = 40;

const NAMES = [...OPERATIONS.map(({ name }) => name), ...Object.keys(DECISIONS)];

function listOf<T extends string>(known: readonly T[]) {
  return (text: string): T[] => {
    const wanted = text.split(',');
    const unknown = wanted.filter((one) => !known.includes(one as T));
    if (unknown.length > 0) throw new InvalidArgumentError(`There are ${known.join(', ')}.`);
    return wanted as T[];
  };
}

function say(line: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}

/** On SIGINT and SIGTERM ends what `stop` ends, then the process; the second time at once. */
function endOnSignals(ending: AbortController, stop: () => Promise<void>): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      // The watchdog then stops what is left.
      if (ending.signal.aborted) process.exit(EXIT_INTERRUPTED);
      say(`${name}: everything that was started is being stopped`);
      // What breaks because it is being stopped is no news.
      process.on('uncaughtException', () => undefined);
      ending.abort();
      void stop().finally(() => process.exit(EXIT_INTERRUPTED));
    });
  }
}

async function main({ ways, operations }: Options): Promise<boolean> {
  const ending = new AbortController();
  const stack: { folder?: string } = {};
  let stopped: Promise<void> | undefined;
  // While the servers start nobody knows their folder but their watchdog, which stops them when this process has ended.
  const stop = () => (stopped ??= stack.folder === undefined ? Promise.resolve() : stopPrivateServers(stack.folder));
  endOnSignals(ending, stop);
  await registerCodecs();
  say('the servers are being started ...');
  const servers = await startStack(await preparePrograms());
  stack.folder = servers.folder;
  const dist = (...path: string[]) => [process.execPath, join(projectRoot(), 'dist', 'src', ...path)];
  const commands = { worker: dist('workers', 'main.js'), api: dist('api', 'main.js'), sluice: dist('cli', 'main.js') };
  try {
    const { cells, records, differences } = await runMatrix({
      servers,
      commands,
      ways,
      operations,
      say,
      signal: ending.signal,
    });
    for (const { kind, what } of differences.slice(0, SHOWN_DIFFERENCES)) say(`${kind}: ${what}`);
    process.stdout.write(`\n${renderCells(cells)}\n\n`);
    const failed = cells.filter(({ error }) => error !== undefined).length;
    process.stdout.write(
      `${cells.length} operations, each with a kill -9: ${failed} without their effect; ` +
        `${records} records, ${differences.length} differences\n`,
    );
    return failed === 0 && differences.length === 0;
  } catch (error) {
    // Whoever was interrupted is told nothing of what broke by it, and the signal's handler ends the process.
    if (ending.signal.aborted) await new Promise(() => undefined);
    throw error;
  } finally {
    await stop();
  }
}

const options = new Command('operations')
  .description('Gives every operation by signal, REST and sluice, under load and with a kill -9 in the middle of it.')
  .option('--ways <list>', `of ${WAYS.join(', ')}`, listOf(WAYS), [...WAYS])
  .option('--operations <list>', `of ${NAMES.join(', ')}`, listOf(NAMES), NAMES)
  .parse()
  .opts<Options>();
main(options).then(
  (good) => process.exit(good ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
