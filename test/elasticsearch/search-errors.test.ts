import { errors } from '@elastic/elasticsearch';
import { PipelineError } from '../../src/domain/errors';
import { toSearchError } from '../../src/elasticsearch/search-errors';

function answered(statusCode: number): Error {
  const body = {
    error: { type: 'outer_type', reason: 'for secret', root_cause: [{ type: 'some_exception', reason: 'secret' }] },
  };
  return new errors.ResponseError({ statusCode, body, headers: {}, warnings: null, meta: {} as never });
}

describe('toSearchError', () => {
  it.each([
    [429, 'elasticsearch_throttled'],
    [401, 'elasticsearch_denied'],
    [403, 'elasticsearch_denied'],
    [500, 'elasticsearch_unavailable'],
    [503, 'elasticsearch_unavailable'],
  ])('turns status %d into %s', (status, code) => {
    expect(toSearchError(answered(status))).toMatchObject({ name: 'PipelineError', code });
  });

  it('turns a refused query into an error of ours that keeps only the type', () => {
    const error = toSearchError(answered(400)) as Error;
    expect(error).not.toBeInstanceOf(PipelineError);
    expect(error.message).toBe('elasticsearch refused the query: status 400, some_exception');
    expect(error.cause).toBeUndefined();
  });

  it.each([
    new errors.ConnectionError('refused'),
    new errors.TimeoutError('late'),
    new errors.NoLivingConnectionsError('none', {} as never),
  ])('turns %s into elasticsearch_unavailable', (error) => {
    expect(toSearchError(error)).toMatchObject({ code: 'elasticsearch_unavailable' });
  });

  it('leaves an abort and anything foreign alone', () => {
    const abort = new errors.RequestAbortedError('gone');
    expect(toSearchError(abort)).toBe(abort);
    const foreign = new TypeError('bug');
    expect(toSearchError(foreign)).toBe(foreign);
  });
});
