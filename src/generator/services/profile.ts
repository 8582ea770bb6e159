/** `{}` in a path or message is the id of the thing the request is about. */
export interface Endpoint {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  /** Status of a success. */
  status: 200 | 201 | 202 | 204 | 304;
  /** Median response time in milliseconds when all is well. */
  medianMs: number;
  /** What level info says about a success. */
  messages: readonly string[];
}

/** One way to fail. The error code fixes level and status, so that the three always agree. */
export interface Failure {
  code: string;
  /** warn for the caller's fault (4xx), error and fatal for ours (5xx). */
  level: 'warn' | 'error' | 'fatal';
  status: number;
  message: string;
  /** A time-out: the response takes at least this many milliseconds. */
  atLeastMs?: number;
}

export interface ServiceProfile {
  /** Spread of the log-normal response times. */
  sigma: number;
  endpoints: Record<string, Endpoint>;
  /** What levels trace and debug say. */
  details: readonly string[];
  /** Of each level at least one; within a level all are equally likely. */
  failures: readonly Failure[];
  /** How the service fails while what it depends on is away. */
  outage: readonly Failure[];
}
