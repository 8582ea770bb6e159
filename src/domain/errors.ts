/**
 * The closed list of what can go wrong on a record's path, and what follows.
 * - `retry`: passes by itself; the step is tried again.
 * - `wait`: somebody's setting or a full disk, not the record's fault; tried again, visible as the reason for waiting.
 * - `halt`: data is missing or contradictory; a person decides.
 */
export const PIPELINE_ERRORS = {
  kafka_unavailable: 'retry',
  kafka_denied: 'wait',
  topic_missing: 'wait',
  topic_not_served: 'wait',
  temporal_unavailable: 'retry',
  elasticsearch_unavailable: 'retry',
  elasticsearch_throttled: 'retry',
  elasticsearch_denied: 'wait',
  request_too_large: 'retry',
  index_blocked: 'wait',
  export_folder_unusable: 'wait',
  export_disk_full: 'wait',
  bulk_mismatch: 'retry',
  bulk_unknown_error: 'retry',
  dead_letters_unavailable: 'retry',
  cache_full: 'retry',
  epoch_mismatch: 'retry',
  reader_stalled: 'retry',
  superseded: 'retry',
  worker_draining: 'retry',
  internal_error: 'retry',
  offset_out_of_range: 'halt',
  batch_unreadable: 'halt',
  topic_recreated: 'halt',
  foreign_document: 'halt',
  mapping_rejects_batch: 'halt',
  bulk_error_persists: 'halt',
  ledger_mismatch: 'halt',
  create_time_topic: 'halt',
  dead_letter_topic_limit: 'halt',
  index_template_refused: 'halt',
  redrive_missing: 'halt',
  replay_missing: 'halt',
  replay_refused: 'halt',
  export_missing: 'halt',
  export_refused: 'halt',
  export_view_lost: 'halt',
  export_too_large: 'halt',
  export_damaged: 'halt',
} as const satisfies Record<string, 'retry' | 'wait' | 'halt'>;

export type PipelineErrorCode = keyof typeof PIPELINE_ERRORS;

/** True for a halt over offsets that a person may give up. */
export function isGapHalt(code: string | undefined): boolean {
  return code === 'offset_out_of_range' || code === 'batch_unreadable';
}

export interface PipelineErrorOptions {
  retryAfterMs?: number;
  /** Plain JSON that the workflow finds, in this order, as the details of the failure. */
  details?: readonly unknown[];
  cause?: unknown;
}

/** An error with a code from the closed list. Its message never quotes a record. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError';

  constructor(
    readonly code: PipelineErrorCode,
    message: string,
    readonly options: PipelineErrorOptions = {},
  ) {
    super(message, { cause: options.cause });
  }

  get verdict(): 'retry' | 'wait' | 'halt' {
    return PIPELINE_ERRORS[this.code];
  }
}
