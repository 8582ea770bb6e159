import { errors } from '@elastic/elasticsearch';
import { PipelineError } from '../domain/errors';

/** Statuses that say "not now": overloaded, no shard available, a proxy without its server. */
const UNAVAILABLE = new Set([408, 500, 502, 503, 504]);

/**
 * What a failed search means to whoever asked. A request that Elasticsearch calls wrong is our own mistake and comes
 * back as it is; so does an abort.
 */
export function toSearchError(error: unknown): unknown {
  if (error instanceof errors.ResponseError) {
    const status = error.statusCode ?? 0;
    if (status === 429)
      return new PipelineError('elasticsearch_throttled', 'elasticsearch is overloaded', { cause: error });
    if (status === 401 || status === 403) {
      return new PipelineError('elasticsearch_denied', `elasticsearch refuses access with status ${status}`, {
        cause: error,
      });
    }
    return UNAVAILABLE.has(status) ? unavailable(`elasticsearch answers with status ${status}`, error) : error;
  }
  if (error instanceof errors.TimeoutError) return unavailable('elasticsearch does not answer in time', error);
  if (error instanceof errors.ConnectionError || error instanceof errors.NoLivingConnectionsError) {
    return unavailable('elasticsearch cannot be reached', error);
  }
  return error;
}

function unavailable(message: string, cause: unknown): PipelineError {
  return new PipelineError('elasticsearch_unavailable', message, { cause });
}
