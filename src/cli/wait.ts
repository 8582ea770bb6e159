import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './api';
import { CliFailure, EXIT } from './failures';
import type { Session } from './session';

/** What one look at the API has shown. */
export interface Look<T> {
  answer: Answer<T>;
  done: boolean;
  /** From 0 to 1; undefined while it is not known. */
  share?: number | undefined;
  text: string;
}

const FIRST_POLL_MS = 200;
const LONGEST_POLL_MS = 2000;

/**
 * Looks again and again until it is done. An API that does not answer for a while, or whose servers are away, does not
 * end the wait: that is when somebody waits.
 *
 * @param timeoutS 0 waits without limit
 * @throws CliFailure waitedTooLong
 */
export async function waitUntilDone<T>(
  { terminal }: Pick<Session, 'terminal'>,
  what: string,
  timeoutS: number,
  look: () => Promise<Look<T>>,
): Promise<Answer<T>> {
  const deadline = timeoutS === 0 ? Infinity : Date.now() + timeoutS * 1000;
  const progress = terminal.progress(what);
  let pauseMs = FIRST_POLL_MS;
  let last = 'nothing is known yet';
  try {
    for (;;) {
      const seen = await look().catch((error: unknown) => {
        if (!isPassing(error)) throw error;
        last = (error as Error).message.split('\n')[0]!;
        progress.update(undefined, last);
        return undefined;
      });
      if (seen) {
        last = seen.text;
        progress.update(seen.share, seen.text);
        if (seen.done) return seen.answer;
      }
      if (Date.now() + pauseMs > deadline) break;
      await sleep(pauseMs);
      pauseMs = Math.min(LONGEST_POLL_MS, pauseMs * 1.5);
    }
  } finally {
    progress.stop();
  }
  throw new CliFailure(
    EXIT.waitedTooLong,
    `${what}: not reached within ${timeoutS} s (${last}). The order stands: wait again, with a longer --timeout, or look at \`sluice status\`.`,
  );
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof CliFailure)) return false;
  if (error.exitCode === EXIT.unreachable) return true;
  return error.exitCode === EXIT.problem && error.answer !== undefined && /"status":\s*503\b/.test(error.answer);
}
