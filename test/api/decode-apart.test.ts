import { join } from 'node:path';
import { createDecodeApart } from '../../src/api/dead-letters/decode-apart';
import { kafkaRecord, PLAIN_LOG } from '../support/records';

jest.setTimeout(60_000);

describe('decodeApart', () => {
  const execArgv = ['--require', 'tsx/cjs', '--require', join(__dirname, '..', 'support', 'bomb.js')];
  const decodeApart = createDecodeApart({ limitMs: 12_000, execArgv });
  /** With a field of its own, so that it is parsed. */
  const bomb = (how: string) => kafkaRecord({ ...PLAIN_LOG, bomb: `sluice-test-bomb:${how}` });

  test('says what the decoder says, of records side by side', async () => {
    const records = [kafkaRecord(PLAIN_LOG), kafkaRecord('no json'), kafkaRecord({ ...PLAIN_LOG, service: '' })];
    const verdicts = await Promise.all(records.map((record) => decodeApart(record)));
    expect(verdicts).toMatchObject([
      { kind: 'record' },
      { kind: 'rejected', rejection: { code: 'invalid_json' } },
      { kind: 'rejected' },
    ]);
  });

  test.each(['abort', 'loop'])('a body that kills its process (%s) is refused, and this process lives', async (how) => {
    expect(await decodeApart(bomb(how))).toMatchObject({ kind: 'rejected', rejection: { code: 'process_killed' } });
  });
});
