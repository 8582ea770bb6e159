import { Context } from '@temporalio/activity';

/** Well within the heartbeat timeout of 6 s, also on a busy event loop. */
const INTERVAL_MS = 1500;

/** Runs a step with heartbeats that carry `details()`, which the next attempt finds when this one dies. */
export async function beat<T>(run: () => Promise<T>, details: () => unknown = () => undefined): Promise<T> {
  const context = Context.current();
  context.heartbeat(details());
  const timer = setInterval(() => context.heartbeat(details()), INTERVAL_MS);
  try {
    return await run();
  } finally {
    clearInterval(timer);
  }
}
