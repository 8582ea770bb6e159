import type { WorkflowHandle } from '@temporalio/client';
import { QUERIES } from '../../src/workflows/contract';

const PATIENCE_MS = 30_000;

/**
 * What a workflow says of itself. A query that meets events without their workflow task is refused (early-events.ts), as may
 * happen whenever a worker has died: it is asked again, which is what the refusal says.
 *
 * @throws Error of any other failure, or of a refusal that lasts
 */
export async function askState<State>(handle: WorkflowHandle): Promise<State> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await handle.query<State>(QUERIES.state);
    } catch (error) {
      if (!/ask again/.test(String(error)) || Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
