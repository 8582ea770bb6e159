import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fetchServers } from '../fetch/fetch-servers';
import { programsIn } from '../fetch/programs';
import { findProblems } from '../preflight/find-problems';
import { gatherFacts } from '../preflight/gather-facts';
import { projectRoot } from '../project';
import { isSupervised, readState, removeState, stateFile } from '../supervisor/stack-state';
import { stopOrphans } from '../supervisor/stop-stack';
import { findJdk } from '../system/find-jdk';
import { CommandFailure, type Context } from './context';
import { followStart } from './follow-start';

const MAINS = ['src/workers/main.js', 'src/api/main.js', 'src/generator/main.js', 'local/supervisor/main.js'];

/**
 * Starts the native stack unless it runs, and returns once all its processes serve: true if it was started, false if it
 * ran already.
 *
 * @throws CommandFailure naming what keeps it from starting.
 */
export async function startNative(context: Context, deadline: () => number): Promise<boolean> {
  const { settings, say } = context;
  const file = stateFile(settings.localFolder);
  const state = readState(file);
  const running = state !== undefined && isSupervised(state);
  if (running) {
    say(`already ${state.phase} since ${state.startedAt} (native); \`make status\` shows its processes`);
    if (state.phase === 'running') return false;
  } else {
    if (state) {
      await stopOrphans(state, say);
      removeState(file);
    }
    const facts = await gatherFacts(settings);
    const problems = findProblems(facts);
    if (problems.length > 0) throw new CommandFailure(`nothing was started:\n  ${problems.join('\n  ')}`);
    requireBuild();
    await fetchServers(programsIn(settings.localFolder), findJdk(process.env)!.home, say);
    spawnSupervisor(settings.logFolder);
  }
  await followStart(context, deadline());
  return !running;
}

function requireBuild(): void {
  const missing = MAINS.filter((main) => !existsSync(join(projectRoot(), 'dist', main)));
  if (missing.length > 0)
    throw new CommandFailure(`not built yet (dist/${missing[0]} is missing): run \`npm run build\``);
}

function spawnSupervisor(logFolder: string): void {
  mkdirSync(logFolder, { recursive: true });
  const log = openSync(join(logFolder, 'supervisor.log'), 'a');
  const main = join(projectRoot(), 'dist', 'local', 'supervisor', 'main.js');
  const supervisor = spawn(process.execPath, ['--max-old-space-size=128', '--enable-source-maps', main], {
    cwd: projectRoot(),
    detached: true,
    stdio: ['ignore', log, log],
  });
  supervisor.unref();
  closeSync(log);
}
