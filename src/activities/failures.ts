import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { PipelineError } from '../domain/errors';
import type { Logger } from '../logger';

/**
 * Turns what a step throws into what Temporal may keep: the only such place. A PipelineError becomes an
 * ApplicationFailure of its code, final when a person must decide. Everything else is retried as `internal_error`
 * without its message, which could quote a record.
 *
 * @param onFailure is told of each PipelineError before it is thrown on
 * @param about what the step works on, for the log line: see `logFields`
 */
export async function asFailures<T>(
  logger: Logger,
  step: string,
  run: () => Promise<T>,
  onFailure: (error: PipelineError) => void = () => undefined,
  about: Record<string, unknown> = {},
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof CancelledFailure || error instanceof ApplicationFailure) throw error;
    if (error instanceof PipelineError) {
      const { code, message, options, verdict } = error;
      onFailure(error);
      logger.warn({ step, ...about, code, cause: causeName(error) }, message);
      throw ApplicationFailure.create({
        type: code,
        message,
        nonRetryable: verdict === 'halt',
        ...(options.details === undefined ? {} : { details: [...options.details] }),
        ...(options.retryAfterMs === undefined ? {} : { nextRetryDelay: options.retryAfterMs }),
      });
    }
    logger.error({ step, ...about, error: causeName({ cause: error }), stack: stackOf(error) }, 'unexpected error');
    throw ApplicationFailure.create({ type: 'internal_error', message: `unexpected error in ${step}` });
  }
}

function causeName({ cause }: { cause?: unknown }): string | undefined {
  return cause instanceof Error ? cause.name : undefined;
}

/** Where it happened, without the message on top: that may quote a stack trace out of a log record. */
function stackOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !error.stack) return undefined;
  const { stack, message } = error;
  const end = stack.indexOf(message) + message.length;
  return stack
    .slice(end)
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .join('\n');
}
