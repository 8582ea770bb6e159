import { points, SECOND, setting, whole } from './setting';

/** The scoring rules as settings; also what a shadow replay may name of them. */
export const ruleSettings = {
  fatal: setting('SCORE_FATAL', points(60), 'Points for level fatal.'),
  error: setting('SCORE_ERROR', points(40), 'Points for level error.'),
  warn: setting('SCORE_WARN', points(10), 'Points for level warn.'),
  serverError: setting('SCORE_SERVER_ERROR', points(30), 'Points for a status code of 500 and above.'),
  clientError: setting('SCORE_CLIENT_ERROR', points(10), 'Points for a status code from 400 to 499.'),
  slow: setting('SCORE_SLOW', points(20), 'Points for a slow response.'),
  verySlow: setting('SCORE_VERY_SLOW', points(40), 'Points for a very slow response, instead of those for a slow one.'),
  errorCode: setting('SCORE_ERROR_CODE', points(15), 'Points for an error code.'),
  slowMs: setting('SCORE_SLOW_MS', whole(1, 3600 * SECOND).default(SECOND), 'A response is slow from here on.'),
  verySlowMs: setting(
    'SCORE_VERY_SLOW_MS',
    whole(1, 3600 * SECOND).default(3 * SECOND),
    'A response is very slow from here on.',
  ),
  anomalyThreshold: setting(
    'SCORE_ANOMALY_THRESHOLD',
    whole(1, 100).default(50),
    'A record is an anomaly from this score on.',
  ),
  low: setting('SCORE_LOW', whole(1, 100).default(10), 'Severity low from this score on.'),
  medium: setting('SCORE_MEDIUM', whole(1, 100).default(30), 'Severity medium from this score on.'),
  high: setting('SCORE_HIGH', whole(1, 100).default(60), 'Severity high from this score on.'),
  critical: setting('SCORE_CRITICAL', whole(1, 100).default(85), 'Severity critical from this score on.'),
} as const;
