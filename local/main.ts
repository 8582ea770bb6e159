import { Command } from 'commander';
import { createApiClient } from './api-client';
import { chooseStack } from './commands/choose-stack';
import { clean } from './commands/clean';
import { CommandFailure, type Context } from './commands/context';
import { down } from './commands/down';
import { health } from './commands/health';
import { logs } from './commands/logs';
import { stats } from './commands/stats';
import { status } from './commands/status';
import { up } from './commands/up';
import { readEnvironment, resolveStackSettings, StackSettingsError } from './stack-settings';

// Whoever reads the output may stop early, as `head` does: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

async function openContext(): Promise<Context> {
  const settings = resolveStackSettings(readEnvironment(process.env));
  return {
    settings,
    api: createApiClient(settings.API_PORT),
    stack: await chooseStack(settings),
    say: (line) => process.stdout.write(`${line}\n`),
  };
}

/** A command that returns false has said what is wrong. */
function run(command: (context: Context) => Promise<boolean | void>): () => Promise<void> {
  return async () => {
    if ((await command(await openContext())) === false) process.exitCode = 1;
  };
}

function commands(): Command {
  const program = new Command('stack').description('Runs the whole of Sluice on this machine.');
  program.command('up').description('start everything, or show that it runs').action(run(up));
  program.command('down').description('stop everything; the data stays').action(run(down));
  program.command('status').description('show the processes').action(run(status));
  program.command('health').description('ask GET /health; exit code 1 unless all is up').action(run(health));
  program.command('stats').description('show counts, fates and response times').action(run(stats));
  program
    .command('logs [name]')
    .description('show the last lines of one log or all')
    .option('-f, --follow', 'go on until Ctrl-C')
    .action((name: string | undefined, options: { follow?: boolean }) =>
      run((context) => logs(context, name, options.follow === true))(),
    );
  program
    .command('clean')
    .description('stop everything and remove data, logs and build')
    .option('--all', 'remove the fetched servers too')
    .action((options: { all?: boolean }) => run((context) => clean(context, options.all === true))());
  return program;
}

commands()
  .parseAsync()
  .catch((error: unknown) => {
    const expected = error instanceof CommandFailure || error instanceof StackSettingsError;
    process.stderr.write(`${expected || !(error instanceof Error) ? String((error as Error).message) : error.stack}\n`);
    process.exitCode = 1;
  });
