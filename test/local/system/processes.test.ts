import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { identify, isAlive } from '../../../local/system/process-identity';
import { CommandError, runCommand } from '../../../local/system/run-command';
import { stopProcess } from '../../../local/system/stop-process';

async function startNode(script: string) {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  return { child, identity: identify(child.pid!)! };
}

const OBEDIENT = 'console.log("up"); setInterval(() => {}, 1000)';
const STUBBORN = `process.on("SIGTERM", () => {}); ${OBEDIENT}`;

describe('identity of a process', () => {
  test('a pid with another start time is somebody else', () => {
    const self = identify(process.pid)!;
    expect(isAlive(self)).toBe(true);
    expect(isAlive({ ...self, startedAt: 'earlier' })).toBe(false);
  });

  test('a pid that was taken over by somebody else is not stopped', async () => {
    const { child, identity } = await startNode(OBEDIENT);
    await stopProcess({ ...identity, startedAt: 'earlier' }, 1_000);
    expect(isAlive(identity)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  test('a process that ended is not alive', async () => {
    const { identity } = await startNode(OBEDIENT);
    await stopProcess(identity, 5_000);
    expect(isAlive(identity)).toBe(false);
  });
});

describe('stopProcess', () => {
  test('a process that obeys is ended with SIGTERM', async () => {
    const { child, identity } = await startNode(OBEDIENT);
    await stopProcess(identity, 5_000);
    expect(child.signalCode ?? (await once(child, 'exit'))[1]).toBe('SIGTERM');
  });

  test('a process that ignores SIGTERM is killed after its grace', async () => {
    const { child, identity } = await startNode(STUBBORN);
    await stopProcess(identity, 100);
    expect(child.signalCode ?? (await once(child, 'exit'))[1]).toBe('SIGKILL');
  });
});

describe('runCommand', () => {
  test('a command that works returns its output and tells each line', async () => {
    const lines: string[] = [];
    const script = 'console.log("one\\ntwo")';
    const output = await runCommand(process.execPath, ['-e', script], { onLine: (line) => lines.push(line) });
    expect(output).toBe('one\ntwo\n');
    expect(lines).toEqual(['one', 'two']);
  });

  test('a command that fails says so with its last lines', async () => {
    const run = runCommand(process.execPath, ['-e', 'console.error("no network"); process.exit(3)']);
    await expect(run).rejects.toThrow(/failed \(3\)\n {2}no network/);
  });

  test('a command that does not exist is a CommandError', async () => {
    await expect(runCommand('no-such-command', [])).rejects.toThrow(CommandError);
  });
});
