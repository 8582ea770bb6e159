import type { z } from 'zod';
import type { HealthCheck } from './ports';
import type { healthSchema } from './schemas/answers';
import { within } from './within';

const TIMEOUT_MS = 2000;

type HealthReport = Pick<z.output<typeof healthSchema>, 'status' | 'dependencies' | 'warnings'>;

/** Runs all checks side by side, each for at most `timeoutMs`; never throws. */
export async function checkHealth(
  checks: Readonly<Record<string, HealthCheck>>,
  timeoutMs = TIMEOUT_MS,
): Promise<HealthReport> {
  const [entries, warnings] = await Promise.all([
    Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await runCheck(check, timeoutMs)] as const)),
    Promise.all(Object.values(checks).map(({ warn }) => warningsOf(warn, timeoutMs))),
  ]);
  const allUp = entries.every(([, { status }]) => status === 'up');
  return {
    status: allUp ? 'up' : 'down',
    dependencies: Object.fromEntries(entries),
    warnings: warnings.flat(),
  };
}

/** What cannot be looked at warns of nothing: its own check says that it is down. */
async function warningsOf(warn: HealthCheck['warn'], timeoutMs: number): Promise<string[]> {
  if (!warn) return [];
  return within(timeoutMs, warn()).catch(() => []);
}

async function runCheck(
  { address, check }: HealthCheck,
  timeoutMs: number,
): Promise<HealthReport['dependencies'][string]> {
  const started = performance.now();
  const latency = () => Math.round((performance.now() - started) * 10) / 10;
  try {
    const message = await within(timeoutMs, check());
    return { status: 'up', latency_ms: latency(), message };
  } catch (error) {
    return { status: 'down', latency_ms: latency(), message: `${address}: ${shortReason(error)}` };
  }
}

const MAX_REASON_LENGTH = 200;

/** The first line of an error's message: the reason without a stack or a request's details. */
function shortReason(error: unknown): string {
  const text = error instanceof Error && error.message ? error.message : 'failed without a reason';
  return text.split('\n')[0]!.slice(0, MAX_REASON_LENGTH);
}
