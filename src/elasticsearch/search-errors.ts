import { errors } from '@elastic/elasticsearch';
import { PipelineError } from '../domain/errors';
import { tlsAdvice } from './security';

/** Statuses that say "not now": overloaded, no shard available, a proxy without its server. */
const UNAVAILABLE = new Set([408, 500, 502, 503, 504]);

/**
 * What a failed search means to whoever asked. Of Elasticsearch's own words only the type of the error is kept: the
 * reason may quote the query. An abort comes back as it is.
 */
export function toSearchError(error: unknown): unknown {
  if (error instanceof errors.ResponseError) {
    const status = error.statusCode ?? 0;
    const told = `status ${status}, ${errorType(error)}`;
    if (status === 429) return new PipelineError('elasticsearch_throttled', `elasticsearch is overloaded: ${told}`);
    if (status === 401 || status === 403) {
      return new PipelineError(
        'elasticsearch_denied',
        `elasticsearch refuses access: ${told}; check ELASTICSEARCH_API_KEY, or the user and password`,
      );
    }
    if (UNAVAILABLE.has(status)) return unavailable(`elasticsearch cannot answer: ${told}`);
    return new Error(`elasticsearch refused the query: ${told}`);
  }
  if (error instanceof errors.TimeoutError) return unavailable('elasticsearch does not answer in time', error);
  const advice = tlsAdvice(error);
  if (advice !== undefined)
    return new PipelineError('elasticsearch_denied', `elasticsearch cannot be reached: ${advice}`, { cause: error });
  if (error instanceof errors.ConnectionError || error instanceof errors.NoLivingConnectionsError) {
    return unavailable('elasticsearch cannot be reached', error);
  }
  return error;
}

function unavailable(message: string, cause?: unknown): PipelineError {
  return new PipelineError('elasticsearch_unavailable', message, { cause });
}

function errorType({ body }: errors.ResponseError): string {
  const { error } = (body ?? {}) as { error?: { type?: string; root_cause?: { type?: string }[] } };
  return error?.root_cause?.[0]?.type ?? error?.type ?? 'unknown error';
}
