/** Every kind of error answer: its status and its constant title. The code also ends the problem's `type`. */
export const PROBLEMS = {
  invalid_parameter: { status: 400, title: 'A query parameter is not valid' },
  invalid_body: { status: 400, title: 'The request body is not valid' },
  key_missing: { status: 401, title: 'A key is needed' },
  key_refused: { status: 401, title: 'The key is not valid' },
  scope_missing: { status: 403, title: 'The key is not for this' },
  malformed_request: { status: 400, title: 'This is no request' },
  foreign_origin: { status: 403, title: 'The page may not order this' },
  not_found: { status: 404, title: 'There is nothing at this address' },
  log_not_found: { status: 404, title: 'There is no such log' },
  request_not_found: { status: 404, title: 'No log belongs to this request' },
  audit_not_found: { status: 404, title: 'There is no such audit' },
  retention_run_not_found: { status: 404, title: 'There is no such retention run' },
  dead_letter_not_found: { status: 404, title: 'There is no such dead letter' },
  redrive_not_found: { status: 404, title: 'There is no such redrive' },
  replay_not_found: { status: 404, title: 'There is no such replay' },
  export_not_found: { status: 404, title: 'There is no such export' },
  workflow_not_found: { status: 404, title: 'The pipeline has not been started' },
  partition_not_found: { status: 404, title: 'The topic has no such partition' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  request_timeout: { status: 408, title: 'The request did not arrive in time' },
  dead_letter_not_open: { status: 409, title: 'The dead letter is not open' },
  partition_not_halted: { status: 409, title: 'Nothing is halted for this reason' },
  replay_over: { status: 409, title: 'The replay has ended' },
  export_over: { status: 409, title: 'The export has ended' },
  export_not_done: { status: 409, title: 'The export has no file yet' },
  cursor_expired: { status: 410, title: 'The cursor has expired' },
  body_too_large: { status: 413, title: 'The request body is too large' },
  uri_too_long: { status: 414, title: 'The address is too long' },
  unsupported_media_type: { status: 415, title: 'The request body must be application/json' },
  range_not_satisfiable: { status: 416, title: 'The file has nothing there' },
  unknown_host: { status: 421, title: 'This host is not served here' },
  rate_limited: { status: 429, title: 'Too many requests' },
  too_many_exports: { status: 429, title: 'Enough exports are being written' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal_error: { status: 500, title: 'Something went wrong here' },
  elasticsearch_unavailable: { status: 503, title: 'Elasticsearch does not answer' },
  elasticsearch_throttled: { status: 503, title: 'Elasticsearch is overloaded' },
  elasticsearch_denied: { status: 503, title: 'Elasticsearch refuses our access' },
  temporal_unavailable: { status: 503, title: 'Temporal does not answer' },
  too_many_tails: { status: 503, title: 'No more streams can be opened' },
  export_folder_unusable: { status: 503, title: 'The folder of exports cannot be used' },
  export_disk_full: { status: 503, title: 'The disk of the exports is full' },
  pipeline_unavailable: { status: 503, title: 'Neither Temporal nor Kafka answers' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** What is wrong with one part of the request: a query parameter by name, or a place in the body by JSON pointer. */
export interface ProblemPart {
  parameter?: string;
  pointer?: string;
  /** Of a mistake in a query: its character, counted from 1. */
  position?: number;
  detail: string;
}

/** Clients may come back after this many seconds when a dependency is down. */
const RETRY_AFTER_S = 5;

/** An error that the client is told about, as application/problem+json. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly parts: readonly ProblemPart[] = [],
    options: { cause?: unknown } = {},
  ) {
    super(detail, options);
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  get headers(): Record<string, string> {
    return this.status === 503 ? { 'Retry-After': String(RETRY_AFTER_S) } : {};
  }
}

/** The body of an error answer (RFC 9457). */
export function problemBody(problem: Problem, instance: string, requestId: string) {
  const { status, title } = PROBLEMS[problem.code];
  return {
    type: `urn:sluice:problem:${problem.code}`,
    title,
    status,
    detail: problem.detail,
    instance,
    code: problem.code,
    request_id: requestId,
    ...(problem.parts.length > 0 ? { errors: problem.parts } : {}),
  };
}

/** @throws Problem temporal_unavailable, for what may simply be sent again */
export function temporalUnavailable(cause: unknown): never {
  throw new Problem('temporal_unavailable', 'Temporal did not answer. Try again.', [], { cause });
}
