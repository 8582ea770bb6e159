import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeTrouble } from '../../../local/commands/describe-trouble';
import { lastLines } from '../../../local/commands/last-lines';
import type { ProcessRecord, StackState } from '../../../local/supervisor/stack-state';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sluice-trouble-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function stateOf(...processes: Partial<ProcessRecord>[]): StackState {
  const whole = processes.map((one) => ({
    ...{ name: 'api', state: 'running' as const, restarts: 0, stopGraceMs: 0, logFile: join(folder, 'api.log') },
    ...one,
  }));
  return { supervisor: { pid: 1, startedAt: '' }, startedAt: '', phase: 'starting', processes: whole };
}

describe('describeTrouble', () => {
  test('a process that ended is told with the end of its log', () => {
    writeFileSync(join(folder, 'api.log'), 'first\nport 8000 is in use\n');
    const lines = describeTrouble(stateOf({ state: 'backing-off', lastExit: 'code 1', restarts: 2 }));
    expect(lines[0]).toMatch(/^api: backing-off, ended with code 1, started again 2 times; .*api\.log ends:$/);
    expect(lines.at(-1)).toContain('port 8000 is in use');
  });

  test('what runs well is not told', () => {
    expect(describeTrouble(stateOf({}))).toEqual([]);
  });
});

describe('lastLines', () => {
  test('only the last lines are returned, whatever the size', () => {
    const file = join(folder, 'long.log');
    writeFileSync(file, Array.from({ length: 50_000 }, (_, index) => `line ${index}\n`).join(''));
    expect(lastLines(file, 2)).toEqual(['line 49998', 'line 49999']);
  });

  test('a log that does not exist has no lines', () => {
    expect(lastLines(join(folder, 'none.log'), 2)).toEqual([]);
  });
});
