import { join } from 'node:path';
import { projectRoot } from '../../local/project';
import { createIsolation } from '../../src/workers/isolation/run-child';
import { DEFAULT_REDACTION } from '../support/redaction';
import { batchRef, kafkaRecord, PLAIN_LOG, RULES } from '../support/records';

const BOMB = join(projectRoot(), 'test', 'support', 'bomb.js');
const EXEC_ARGV = ['--require', 'tsx/cjs', '--require', BOMB];
const log = (message: string, offset: number) => kafkaRecord({ ...PLAIN_LOG, message }, { offset });
/** With a field of its own, so that it is parsed. */
const bombLog = (bomb: string) => kafkaRecord({ ...PLAIN_LOG, bomb: `sluice-test-bomb:${bomb}` }, { offset: 2 });
const records = ['a', 'b', 'c', 'd'].map(log);

function run(bomb: string | undefined, positions = [0, 1, 2, 3], signal = new AbortController().signal) {
  const isolation = createIsolation({
    ...{
      rules: RULES,
      formats: ['auto'],
      redaction: DEFAULT_REDACTION,
      indexPrefix: 'logs',
      execArgv: EXEC_ARGV,
      heapMb: 64,
      recordLimitMs: 2000,
    },
  });
  const all = records.map((record, i) => (i === 2 && bomb ? bombLog(bomb) : record));
  return isolation.run(batchRef(0, 4), 1, all, positions, signal);
}

describe('a child that prepares records', () => {
  test('gives what was prepared, under the positions of the whole batch', async () => {
    const outcome = await run(undefined, [1, 3]);
    if (outcome.kind !== 'prepared') throw new Error('killed');
    expect(outcome.range).toMatchObject({ positions: [[1, 3]], rejected: [], filtered: 0, anomalies: 0 });
    const [part] = outcome.range.parts;
    expect(part).toMatchObject({ index: 'logs-2026.11.24', offsets: [1, 3] });
    expect(part!.body.toString().match(/"message":"."/g)).toEqual(['"message":"b"', '"message":"d"']);
  }, 60_000);

  test.each([
    ['abort', 'SIGABRT'],
    ['loop', 'no end within 2000 ms'],
    ['memory', expect.stringMatching(/SIG|no end/)],
  ])(
    'that is killed by %s names the record it was at',
    async (bomb, how) => {
      expect(await run(bomb)).toEqual({ kind: 'killed', at: 2, how });
    },
    60_000,
  );

  test('ends with the step that wanted it', async () => {
    const controller = new AbortController();
    const running = run('loop', [2], controller.signal);
    setTimeout(() => controller.abort(new Error('cancelled')), 300);
    await expect(running).rejects.toThrow('cancelled');
  }, 60_000);
});
