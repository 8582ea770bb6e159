import type { Logger } from '../logger';

/** Says once that Kafka does not take logs, again every now and then, and when it is over. */
export interface OutageLog {
  failed(error: unknown): void;
  acknowledged(): void;
  /** To be called about once a second. */
  check(unacknowledged: number): void;
}

/** A broker that restarts or elects a leader is away this long without anybody having to know. */
const PATIENCE_MS = 3000;
const REPEAT_MS = 10_000;

/** @param now milliseconds of a clock that only goes forward. */
export function createOutageLog(logger: Logger, now: () => number): OutageLog {
  let progressAt = now();
  let reportedAt: number | undefined;
  let lastError: unknown;
  return {
    failed(error) {
      lastError = error;
      logger.debug({ err: error }, 'produce request failed');
    },
    acknowledged() {
      if (reportedAt !== undefined) logger.info({ waitedMs: Math.round(now() - progressAt) }, 'kafka takes logs again');
      progressAt = now();
      reportedAt = undefined;
      lastError = undefined;
    },
    check(unacknowledged) {
      if (unacknowledged === 0) progressAt = now();
      const waitedMs = Math.round(now() - progressAt);
      if (waitedMs < PATIENCE_MS || now() - (reportedAt ?? -Infinity) < REPEAT_MS) return;
      reportedAt = now();
      const reason = lastError instanceof Error ? lastError.message : 'no answer';
      logger.warn({ waitedMs, unacknowledged, reason }, 'kafka does not take logs, waiting');
    },
  };
}
