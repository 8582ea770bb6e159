import type { Client } from '@temporalio/client';
import type { WaitingReporter } from '../activities/ports';
import { SIGNALS } from '../workflows/contract';

const TIMEOUT_MS = 5000;

/** Tells workflows by signal. One that cannot be delivered is forgotten: the step's own failure says the same. */
export function createWaitingReporter(client: Client): WaitingReporter {
  return {
    report(workflowId, waiting) {
      const handle = client.workflow.getHandle(workflowId);
      client
        .withDeadline(Date.now() + TIMEOUT_MS, () => handle.signal(SIGNALS.waiting, waiting))
        .catch(() => undefined);
    },
  };
}
