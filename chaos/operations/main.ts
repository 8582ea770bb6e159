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

async function main({ ways, operations }: Options): Promise<boolean> {
  await registerCodecs();
  const servers = await startStack(await preparePrograms());
  const stop = () => stopPrivateServers(servers.folder);
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => void stop().then(() => process.exit(1)));
  const dist = (...path: string[]) => [process.execPath, join(projectRoot(), 'dist', 'src', ...path)];
  const commands = { worker: dist('workers', 'main.js'), api: dist('api', 'main.js'), sluice: dist('cli', 'main.js') };
  try {
    const { cells, records, differences } = await runMatrix({ servers, commands, ways, operations, say });
    for (const { kind, what } of differences.slice(0, SHOWN_DIFFERENCES)) say(`${kind}: ${what}`);
    process.stdout.write(`\n${renderCells(cells)}\n\n`);
    const failed = cells.filter(({ error }) => error !== undefined).length;
    process.stdout.write(
      `${cells.length} operations, each with a kill -9: ${failed} without their effect; ` +
        `${records} records, ${differences.length} differences\n`,
    );
    return failed === 0 && differences.length === 0;
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
