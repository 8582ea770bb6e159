import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessSpec } from '../../../local/servers/process-spec';
import { readState, type ProcessRecord } from '../../../local/supervisor/stack-state';
import { stopOrphans, stopStack } from '../../../local/supervisor/stop-stack';
import { Supervisor } from '../../../local/supervisor/supervisor';
import { isAlive, type ProcessIdentity } from '../../../local/system/process-identity';
import { killProcess } from '../../../local/system/stop-process';
import { waitUntil } from '../../../local/system/wait-until';

let folder: string;
let stateFile: string;
let supervisor: Supervisor;
const seen: ProcessIdentity[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-supervisor-'));
  stateFile = join(folder, 'run', 'stack.json');
});
afterEach(async () => {
  await supervisor.stop();
  rmSync(folder, { recursive: true });
  const left = seen.splice(0).filter(isAlive);
  expect(left).toEqual([]);
});

const STAYS = 'console.log("up"); setInterval(() => {}, 1000)';

function dummy(name: string, script: string, rest: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    name,
    command: process.execPath,
    args: ['-e', script],
    cwd: folder,
    env: process.env,
    isReady: async () => readFileSync(join(folder, 'logs', `${name}.log`), 'utf8').includes('up'),
    readyTimeoutMs: 10_000,
    stopGraceMs: 5_000,
    ...rest,
  };
}

function supervise(...groups: ProcessSpec[][]): Supervisor {
  const backOff = { firstMs: 20, maxMs: 100, healthyMs: 60_000 };
  supervisor = new Supervisor({ groups, stateFile, logFolder: join(folder, 'logs'), backOff });
  return supervisor;
}

function recordOf(name: string): ProcessRecord {
  const record = readState(stateFile)!.processes.find((one) => one.name === name)!;
  if (record.identity) seen.push(record.identity);
  return record;
}

function becomes(name: string, holds: (record: ProcessRecord) => boolean): Promise<boolean> {
  return waitUntil(() => holds(recordOf(name)), 20_000, 10);
}

describe('Supervisor', () => {
  test('a group starts only when all of the one before serve', async () => {
    let release = false;
    const slow = dummy('slow', STAYS, { isReady: async () => release });
    const started = supervise([slow], [dummy('next', STAYS)]).start();
    expect(await becomes('slow', ({ identity }) => identity !== undefined)).toBe(true);
    expect(recordOf('next').state).toBe('waiting');
    release = true;
    await started;
    expect(recordOf('next').state).toBe('running');
    expect(readState(stateFile)!.phase).toBe('running');
  });

  test('a process that is killed is started again, and the record counts it', async () => {
    await supervise([dummy('api', STAYS)]).start();
    const first = recordOf('api').identity!;
    await killProcess(first);
    expect(await becomes('api', ({ state, restarts }) => state === 'running' && restarts === 1)).toBe(true);
    const again = recordOf('api');
    expect(again.identity!.pid).not.toBe(first.pid);
    expect(again.lastExit).toBe('SIGKILL');
  });

  test('a process that ends at once is started again and again, with its exit code on record', async () => {
    const failing = dummy('broken', 'process.exit(7)');
    void supervise([failing]).start();
    expect(await becomes('broken', ({ restarts }) => restarts >= 3)).toBe(true);
    expect(recordOf('broken').lastExit).toBe('code 7');
  });

  test('a program that does not exist is told as the reason', async () => {
    void supervise([dummy('missing', '', { command: join(folder, 'no-such-program') })]).start();
    expect(await becomes('missing', ({ lastExit }) => lastExit !== undefined)).toBe(true);
    expect(recordOf('missing').lastExit).toMatch(/cannot be started.*ENOENT/);
  });

  test('a process that does not get ready in time is killed and started again', async () => {
    void supervise([dummy('deaf', STAYS, { isReady: async () => false, readyTimeoutMs: 300 })]).start();
    expect(await becomes('deaf', ({ restarts }) => restarts >= 1)).toBe(true);
    expect(recordOf('deaf').lastExit).toMatch(/did not get ready/);
  });

  test('a process that may finish is left alone after exit code 0', async () => {
    await supervise([dummy('generator', 'console.log("up")', { mayFinish: true, isReady: async () => true })]).start();
    expect(await becomes('generator', ({ state }) => state === 'finished')).toBe(true);
    expect(recordOf('generator').restarts).toBe(0);
  });

  test('stop ends everything, the stubborn with SIGKILL, and removes the state', async () => {
    const stubborn = `process.on("SIGTERM", () => {}); ${STAYS}`;
    await supervise([dummy('server', STAYS)], [dummy('stubborn', stubborn, { stopGraceMs: 100 })]).start();
    const identities = ['server', 'stubborn'].map((name) => recordOf(name).identity!);
    await supervisor.stop();
    expect(identities.filter(isAlive)).toEqual([]);
    expect(readState(stateFile)).toBeUndefined();
  });

  test('stop in the middle of a start leaves no process', async () => {
    void supervise([dummy('never', STAYS, { isReady: async () => false })]).start();
    expect(await becomes('never', ({ identity }) => identity !== undefined)).toBe(true);
    const { identity } = recordOf('never');
    await supervisor.stop();
    expect(isAlive(identity!)).toBe(false);
  });

  test('a second supervisor of the same stack refuses to start', async () => {
    await supervise([dummy('api', STAYS)]).start();
    const second = new Supervisor({ groups: [], stateFile, logFolder: folder });
    await expect(second.start()).rejects.toThrow('another supervisor');
  });
});

describe('a stack whose supervisor is gone', () => {
  test('its processes are stopped by what was written down', async () => {
    await supervise([dummy('server', STAYS)], [dummy('api', STAYS)]).start();
    const identities = ['server', 'api'].map((name) => recordOf(name).identity!);
    const stopping: string[] = [];
    // What a command finds after kill -9 of the supervisor. Ours still lives and would start them again: so it is told
    // to stop at the same time, and finds them gone.
    const state = readState(stateFile)!;
    await Promise.all([stopOrphans(state, (line) => stopping.push(line)), supervisor.stop()]);
    expect(identities.filter(isAlive)).toEqual([]);
    expect(stopping[0]).toMatch(/^stopping api \(pid \d+\)/);
  });

  test('stopping without a record does nothing', async () => {
    supervise();
    expect(await stopStack(stateFile, () => undefined)).toBe(false);
  });
});
