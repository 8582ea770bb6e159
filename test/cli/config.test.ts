import { pipelineFileSchema } from '../../src/topics/schema';
import { temporaryFolder } from '../topics/files';
import { sluice } from './run-cli';

const files = temporaryFolder();
const NOWHERE = 'http://127.0.0.1:9';

describe('sluice config', () => {
  it('check shows what a worker makes of a file', async () => {
    const file = files.write('good.yaml', 'topics: [{topic: a, formats: [pino, text]}, {topic: b, retention_days: 9}]');
    const { code, out, err } = await sluice(NOWHERE, ['config', 'check', file]);
    expect({ code, err }).toEqual({ code: 0, err: `${file} is right: 2 topics.\n` });
    expect(out.split('\n')[1]).toMatch(/^a\ta-\*\ta\.dead-letters\tpino,text\tpem,jwt,.*\t2\/30\t[0-9a-f]{16}$/);
    const json = await sluice(NOWHERE, ['config', 'check', file, '--json']);
    expect(JSON.parse(json.out).topics[1]).toMatchObject({ topic: 'b', retention_days: 9, index_prefix: 'b' });
  });

  it('check tells every mistake with its place, and ends with 1', async () => {
    const file = files.write('bad.yaml', 'topics:\n  - topic: a\n    retention: 9\n    scoring: {warn: 101}\n');
    const { code, out, err } = await sluice(NOWHERE, ['config', 'check', file]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`${file}:3:5 topics[0].retention: there is no such name`);
    expect(err).toContain(`${file}:4:15 topics[0].scoring.warn: must be a whole number from 0 to 100`);
  });

  it('check of a file that is not there', async () => {
    const { code, err } = await sluice(NOWHERE, ['config', 'check', files.path('none')]);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('cannot be read: ENOENT') });
  });

  it('schema prints what editors read', async () => {
    expect(await sluice(NOWHERE, ['config', 'schema'])).toEqual({ code: 0, out: pipelineFileSchema(), err: '' });
  });
});
