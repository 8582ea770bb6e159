import { Command, CommanderError, Option } from 'commander';
import { CliFailure, EXIT } from './failures';
import { createOpen, type Surroundings } from './session';
import { createTerminal } from './terminal';
import { addAuditVerbs } from './verbs/audit';
import { addConfigVerbs } from './verbs/config';
import { addDeadLetterVerbs } from './verbs/dead-letters';
import { addExplainVerb } from './verbs/explain';
import { addExportVerb } from './verbs/export';
import { addExportsVerbs } from './verbs/exports';
import { addKeyVerbs } from './verbs/keys';
import { addLedgerVerb } from './verbs/ledger';
import { addMessageVerbs } from './verbs/messages';
import { addRedriveVerbs } from './verbs/redrives';
import { addReplayVerbs } from './verbs/replays';
import { addRetentionVerbs } from './verbs/retention';
import { addSendVerb } from './verbs/send';
import { addStatusVerb } from './verbs/status';
import { addTailVerb } from './verbs/tail';

const DEFAULT_URL = 'http://127.0.0.1:8000';

/** Runs the command and gives its exit code; what goes wrong is told on standard error. Never throws. */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const terminal = createTerminal(surroundings, surroundings.env);
  let exitCode: number = EXIT.ok;
  const program = createProgram(surroundings, (code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has said it already; help and version are no mistakes.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof CliFailure)) {
      terminal.note(`sluice: a mistake of this command: ${(error as Error).stack ?? String(error)}`);
      return EXIT.internal;
    }
    if (error.answer !== undefined && args.includes('--json')) terminal.raw(error.answer);
    terminal.note(`sluice: ${error.message}`);
    return error.exitCode;
  }
}

/** All verbs. `endWith` is told an exit code other than 0 that is no failure of the command. */
export function createProgram(surroundings: Surroundings, endWith: (code: number) => void): Command {
  const { out, err, env, user, version } = surroundings;
  const program = new Command('sluice')
    .description('Watches and steers the log pipeline through its REST API.')
    .version(version)
    .addOption(new Option('--url <address>', 'where the API is; SLUICE_URL').default(env['SLUICE_URL'] || DEFAULT_URL))
    .addOption(
      new Option(
        '--api-key-file <path>',
        'file with the API key, - for standard input; else SLUICE_API_KEY is the key',
      ),
    )
    .option('--topic <name>', 'the topic that is meant; of the API and of a pipeline file the first one by default')
    .option('--json', "print exactly the API's answer")
    .configureOutput({ writeOut: (text) => out.write(text), writeErr: (text) => err.write(text) })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride();
  const open = createOpen(surroundings);
  addStatusVerb(program, open);
  addMessageVerbs(program, open, user);
  addLedgerVerb(program, open);
  addAuditVerbs(program, open, endWith);
  addReplayVerbs(program, open, user, endWith);
  addRetentionVerbs(program, open, user, endWith);
  addDeadLetterVerbs(program, open, user, endWith);
  addRedriveVerbs(program, open, user, endWith);
  addExportVerb(program, open, user, endWith);
  addExportsVerbs(program, open, user, endWith);
  addTailVerb(program, open);
  addKeyVerbs(program, surroundings);
  addSendVerb(program, surroundings, endWith);
  addExplainVerb(program, surroundings, open);
  addConfigVerbs(program, surroundings);
  return program;
}
