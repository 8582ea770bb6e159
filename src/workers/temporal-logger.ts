import type { LogLevel, LogMetadata, Logger as TemporalLogger } from '@temporalio/worker';
import type { Logger } from '../logger';

/** Temporal's log lines as ours. Of an error only the type is kept: its message or payload could quote a record. */
export function temporalLogger(logger: Logger): TemporalLogger {
  const write = (level: 'trace' | 'debug' | 'info' | 'warn' | 'error', message: string, meta?: LogMetadata) => {
    const { workflowId, activityType, attempt, taskQueue, error } = (meta ?? {}) as Record<string, unknown>;
    const cause = error instanceof Error ? { error: error.name } : {};
    logger[level]({ workflowId, activityType, attempt, taskQueue, ...cause }, `temporal: ${message.toLowerCase()}`);
  };
  return {
    log: (level: LogLevel, message: string, meta?: LogMetadata) => write(level.toLowerCase() as 'info', message, meta),
    trace: (message, meta) => write('trace', message, meta),
    debug: (message, meta) => write('debug', message, meta),
    // The SDK reports each start and end of an activity here and at warn: our own lines say it better.
    info: (message, meta) => write('debug', message, meta),
    warn: (message, meta) => write('info', message, meta),
    error: (message, meta) => write('warn', message, meta),
  };
}
