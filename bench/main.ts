import { compareWithBareBulk } from './beside-bare-bulk';
import { FlagError, readFlags } from './flags';
import { runFull } from './full/run-full';
import { HELP, FULL_FLAGS, readFullOptions } from './full/options';

async function bench(): Promise<void> {
  const flags = readFlags({ ...FULL_FLAGS, full: { type: 'boolean' }, help: { type: 'boolean' } });
  if (flags.help) process.stdout.write(HELP);
  else if (flags.full) await runFull(readFullOptions(flags));
  else if (Object.keys(flags).length > 0) throw new FlagError('flags are for --full; see --help');
  else await compareWithBareBulk();
}

bench().then(
  () => process.exit(0),
  (error: unknown) => {
    const told = error instanceof FlagError;
    process.stderr.write(`${told ? error.message : (error as Error).stack}\n`);
    process.exit(told ? 2 : 1);
  },
);
