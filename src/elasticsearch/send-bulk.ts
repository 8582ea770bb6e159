import { errors, type Client } from '@elastic/elasticsearch';
import { PipelineError } from '../domain/errors';
import { tlsAdvice } from './security';
import { judgeRequest, type BulkItem } from './bulk-response';

/** What is read of an answer: no more than is needed, since parsing it is on the records' path. */
const OUTCOME = 'items.*.status,items.*.error';
export const OUTCOME_AND_VERSION = `${OUTCOME},items.*._seq_no,items.*._primary_term`;

/**
 * One bulk request. One that is too large is answered with 413, request_too_large here: the caller splits it.
 */
export async function sendBulk(
  client: Client,
  index: string,
  body: Buffer,
  signal: AbortSignal,
  fields = OUTCOME,
): Promise<BulkItem[]> {
  let items: (Record<string, BulkItem> | null)[];
  try {
    const answer = await client.transport.request<{ items?: Record<string, BulkItem>[] } | null>(
      {
        method: 'POST',
        path: `/${encodeURIComponent(index)}/_bulk`,
        // The client takes a ready-made body as it is.
        bulkBody: body,
        querystring: { filter_path: fields },
      },
      { signal, maxRetries: 0 },
    );
    items = answer?.items ?? [];
  } catch (error) {
    signal.throwIfAborted();
    throw asPipelineError(error);
  }
  let last: (typeof items)[number] | undefined;
  let answered: BulkItem | undefined;
  return items.map((item) => {
    // An answer of equal items has one for all of them.
    if (item !== last) answered = Object.values(item ?? {})[0];
    if (typeof answered?.status !== 'number') throw new PipelineError('bulk_mismatch', 'an item has no status');
    last = item;
    return answered;
  });
}

/** The client's error as one of ours. The server's words stay out: they may quote a document. */
export function asPipelineError(error: unknown, request = 'bulk request'): PipelineError {
  const status = error instanceof errors.ResponseError ? error.statusCode : undefined;
  const advice = status === undefined ? tlsAdvice(error) : undefined;
  if (advice !== undefined) {
    return new PipelineError('elasticsearch_denied', `elasticsearch cannot be reached: ${advice}`, { cause: error });
  }
  const code = judgeRequest(status);
  const refused = code === 'elasticsearch_denied' ? ', check ELASTICSEARCH_API_KEY, or the user and password' : '';
  const what = status === undefined ? (error as Error).name : `status ${status}${refused}`;
  return new PipelineError(code, `${request} failed: ${what}`, { cause: error });
}
