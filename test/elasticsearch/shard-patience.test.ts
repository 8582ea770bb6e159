import { errors } from '@elastic/elasticsearch';
import { withShards } from '../../src/elasticsearch/shard-patience';

function refusal(statusCode: number, ...types: string[]): Error {
  const body = { error: { type: 'search_phase_execution_exception', root_cause: types.map((type) => ({ type })) } };
  return new errors.ResponseError({ statusCode, body, headers: {}, warnings: null, meta: {} as never });
}

const NO_SHARD = refusal(503, 'no_shard_available_action_exception');

/** A search that fails with these errors, one after the other, and then answers. */
function failing(...failures: Error[]) {
  const asked = { times: 0 };
  const search = async () => {
    const failure = failures[asked.times++];
    if (failure) throw failure;
    return 'answer';
  };
  return { asked, search };
}

describe('a search that no shard answers', () => {
  it('is made again until a shard is there', async () => {
    const { asked, search } = failing(NO_SHARD, NO_SHARD);
    expect(await withShards(search)).toBe('answer');
    expect(asked.times).toBe(3);
  });

  it('fails once the time is over', async () => {
    const { asked, search } = failing(...Array<Error>(50).fill(NO_SHARD));
    await expect(withShards(search, { patienceMs: 120 })).rejects.toBe(NO_SHARD);
    expect(asked.times).toBeGreaterThan(1);
    expect(asked.times).toBeLessThan(6);
  });

  it('is given up when whoever asked leaves', async () => {
    const { search } = failing(...Array<Error>(50).fill(NO_SHARD));
    await expect(withShards(search, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});

it.each([
  ['another reason', refusal(503, 'some_exception')],
  ['another reason beside it', refusal(503, 'no_shard_available_action_exception', 'some_exception')],
  ['no reason at all', refusal(503)],
  ['a shard of one document', refusal(404, 'no_shard_available_action_exception')],
  ['no connection', new errors.ConnectionError('refused')],
])('a search that fails for %s is not made again', async (_, failure) => {
  const { asked, search } = failing(failure);
  await expect(withShards(search)).rejects.toBe(failure);
  expect(asked.times).toBe(1);
});
