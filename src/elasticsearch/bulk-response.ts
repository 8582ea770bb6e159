import type { PipelineErrorCode } from '../domain/errors';

/** One item of a bulk response, as far as it matters. */
export interface BulkItem {
  status: number;
  _seq_no?: number;
  _primary_term?: number;
  error?: { type: string; reason?: string; caused_by?: { type?: string; reason?: string } };
}

/** What to do about one item. */
export type ItemVerdict =
  | { kind: 'indexed' }
  /** A document of this version is there already; whether it is this record is still to be compared. */
  | { kind: 'conflict' }
  /** The record's own fault. */
  | { kind: 'reject' }
  /** Not the record's fault: it stays unsettled, and `code` says why. */
  | { kind: 'unsettled'; code: PipelineErrorCode };

/** Error types that are about the document, with status 400. */
const DOCUMENT_ERRORS = new Set([
  'mapper_parsing_exception',
  'document_parsing_exception',
  'strict_dynamic_mapping_exception',
  'mapper_exception',
  'parse_exception',
  'parsing_exception',
  'x_content_parse_exception',
  'json_parse_exception',
  'json_e_o_f_exception',
  'x_content_e_o_f_exception',
  'not_x_content_exception',
  'stream_constraints_exception',
  'input_coercion_exception',
]);

/** Error types that are about the index or the cluster, with status 400. */
const INDEX_ERRORS = new Set([
  'index_closed_exception',
  'validation_exception',
  'index_limit_exceeded_exception',
  'illegal_argument_exception',
]);

/**
 * The index has no room for another field: told as the cause of a parsing error. Only at the start of the words, since
 * what stands behind may quote the record.
 */
const FIELD_LIMIT = /^Limit of (total( dimension)?|nested) fields \[\d+\] has been exceeded/;

/** `illegal_argument_exception` is about the document only with these words; otherwise it is a field or shard limit. */
const DOCUMENT_REASONS =
  /immense term|depth of the field|\[_id\]|exceeds? the (maximum|limit).*(nested|depth)|failed to parse/i;

/**
 * Judges one item of a bulk response. Pure. Whatever is not known stays unsettled: nothing is ever dropped.
 */
export function judgeItem(item: BulkItem): ItemVerdict {
  const { status } = item;
  const type = item.error?.type ?? '';
  if (status >= 200 && status < 300) return { kind: 'indexed' };
  if (status === 409 && type === 'version_conflict_engine_exception') return { kind: 'conflict' };
  if (status === 429)
    return {
      kind: 'unsettled',
      code: type === 'cluster_block_exception' ? 'index_blocked' : 'elasticsearch_throttled',
    };
  if (status === 401) return { kind: 'unsettled', code: 'elasticsearch_denied' };
  if (status === 403)
    return { kind: 'unsettled', code: type === 'cluster_block_exception' ? 'index_blocked' : 'elasticsearch_denied' };
  if (status === 404) return { kind: 'unsettled', code: 'index_blocked' };
  if (status === 400 && isFieldLimit(item)) return { kind: 'unsettled', code: 'index_blocked' };
  if (status === 400 && isDocumentError(item)) return { kind: 'reject' };
  if (status === 400 && INDEX_ERRORS.has(type)) return { kind: 'unsettled', code: 'index_blocked' };
  if (status === 500 || status === 502 || status === 503 || status === 504)
    return { kind: 'unsettled', code: 'elasticsearch_unavailable' };
  return { kind: 'unsettled', code: 'bulk_unknown_error' };
}

function isFieldLimit({ error }: BulkItem): boolean {
  const cause = error?.caused_by;
  return cause?.type === 'illegal_argument_exception' && FIELD_LIMIT.test(cause.reason ?? '');
}

function isDocumentError({ error }: BulkItem): boolean {
  if (!error) return false;
  if (DOCUMENT_ERRORS.has(error.type)) return true;
  return (
    error.type === 'illegal_argument_exception' && DOCUMENT_REASONS.test(`${error.reason} ${error.caused_by?.reason}`)
  );
}

/** Judges the failure of a whole request, by its HTTP status; undefined when there was no answer at all. */
export function judgeRequest(status: number | undefined): PipelineErrorCode {
  if (status === 429) return 'elasticsearch_throttled';
  if (status === 401 || status === 403) return 'elasticsearch_denied';
  if (status === 404) return 'index_blocked';
  if (status === 413) return 'request_too_large';
  if (status === undefined || status >= 500) return 'elasticsearch_unavailable';
  return 'bulk_unknown_error';
}
