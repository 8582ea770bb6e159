import { Context } from '@temporalio/activity';

/** Well within the heartbeat timeout of 6 s, also on a busy event loop. */
const INTERVAL_MS = 1500;

/**
 * Runs a step with heartbeats that carry `details()`, which the next attempt finds when this one dies or fails. A step that
 * ends before the first one is due sends none: each costs the server a write.
 */
export async function beat<T>(run: () => Promise<T>, details: () => unknown = () => undefined): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(details()), INTERVAL_MS);
  try {
    return await run();
  } catch (error) {
    // Most steps end before the second beat: without this one the next attempt would find what the first one knew.
    context.heartbeat(details());
    throw error;
  } finally {
    clearInterval(timer);
  }
}
