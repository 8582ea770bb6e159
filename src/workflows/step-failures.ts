import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/workflow';
import type { SettlementState } from '../activities/settlement';
import { isGapHalt } from '../domain/errors';
import type { Gap } from './contract';

/** True when another attempt, on another queue, may do better: neither a halt nor a mistake in our own code. */
export function isWorthAnotherQueue(error: unknown): boolean {
  return error instanceof ActivityFailure && haltReason(error) === undefined;
}

/** Why a step gave up for good, when a person must decide; undefined for what another attempt may mend. */
export function haltReason(error: unknown): { code: string; message: string } | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || cause.nonRetryable !== true) return undefined;
  return { code: cause.type ?? 'unknown', message: cause.message };
}

/** What a failed attempt had settled, from its failure or from its last heartbeat. */
export function settledBy(error: unknown): SettlementState | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (cause instanceof ApplicationFailure) return (cause.details?.[0] as SettlementState | undefined) ?? undefined;
  if (cause instanceof TimeoutFailure) return (cause.lastHeartbeatDetails as SettlementState | undefined) ?? undefined;
  return undefined;
}

/**
 * The range that Kafka no longer holds, or cannot be read there, when that is why a step gave up: the last of the failure's
 * details.
 */
export function gapOf(error: unknown): Gap | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || !isGapHalt(cause.type ?? undefined)) return undefined;
  const gap = cause.details?.at(-1) as Partial<Gap> | null | undefined;
  return typeof gap?.from === 'string' && typeof gap.to === 'string' ? { from: gap.from, to: gap.to } : undefined;
}

/** The code of a step's failure, when it is one of ours. */
export function codeOf(error: unknown): string | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof ApplicationFailure ? (cause.type ?? undefined) : undefined;
}

/** True when the attempt's process died or froze: it fell silent, where one that fails says so. */
export function isLost(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof TimeoutFailure && cause.timeoutType === 'HEARTBEAT';
}

/** What a failed or cancelled attempt had done by then, where it says so: its failure's first detail. */
export function progressBy<T>(error: unknown): T | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (cause instanceof TimeoutFailure) return (cause.lastHeartbeatDetails as T | undefined) ?? undefined;
  if (!(cause instanceof ApplicationFailure) && !(cause instanceof CancelledFailure)) return undefined;
  return (cause.details?.[0] as T | null | undefined) ?? undefined;
}
