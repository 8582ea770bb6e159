import { reportDrift } from '../../src/activities/report-drift';
import { PipelineError } from '../../src/domain/errors';
import { MemoryWorker } from '../support/activity-run';

const one = { where: 'new indices', path: 'logs.mappings.dynamic', shipped: 'false', found: 'true' };

describe('drift of the index templates', () => {
  it('is one warning, with how much there is and the first of it', async () => {
    const warn = jest.fn();
    const found = Array.from({ length: 9 }, (_, at) => ({ ...one, path: `logs.mappings.properties.f${at}` }));
    expect(await reportDrift(async () => found, { warn })).toBe(9);
    expect(warn.mock.calls).toEqual([
      [{ differences: 9, first: found.slice(0, 5) }, expect.stringContaining('GET /retention')],
    ]);
  });

  it('that is none is no word, and one that cannot be looked for fails nothing', async () => {
    const warn = jest.fn();
    expect(await reportDrift(async () => [], { warn })).toBe(0);
    expect(warn).not.toHaveBeenCalled();
    const away = () => Promise.reject(new PipelineError('elasticsearch_unavailable', 'no node answers'));
    expect(await reportDrift(away, { warn })).toBeUndefined();
    expect(warn.mock.calls).toEqual([[{ reason: 'no node answers' }, expect.any(String)]]);
  });

  it('is looked for in each run of the retention, whose report counts it', async () => {
    const worker = new MemoryWorker();
    worker.drift.push(one, one);
    expect(await worker.run('expireIndices', [])).toMatchObject({ drift: 2 });
  });
});
