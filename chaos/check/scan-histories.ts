import type { Client } from '@temporalio/client';
import type { Difference } from './compare';

/** What the issue and design.md allow. */
const MAX_EVENTS = 5000;
const MAX_PAYLOAD_BYTES = 16 * 1024;

export interface HistoryFigures {
  runs: number;
  longest: number;
  largestPayload: number;
}

/** Looks through every run of every workflow of a task queue for what must not be there. */
export async function scanHistories(
  client: Client,
  taskQueue: string,
  canary: string,
): Promise<{ differences: Difference[]; figures: HistoryFigures }> {
  const differences: Difference[] = [];
  const figures: HistoryFigures = { runs: 0, longest: 0, largestPayload: 0 };
  for await (const { workflowId, runId } of client.workflow.list({ query: `TaskQueue = '${taskQueue}'` })) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const events = history.events?.length ?? 0;
    const largest = largestPayload(history);
    figures.runs += 1;
    figures.longest = Math.max(figures.longest, events);
    figures.largestPayload = Math.max(figures.largestPayload, largest);
    if (events >= MAX_EVENTS) differences.push({ kind: 'history', what: `${workflowId} has ${events} events` });
    if (largest > MAX_PAYLOAD_BYTES) {
      differences.push({ kind: 'history', what: `${workflowId} has a payload of ${largest} bytes` });
    }
    if (holdsText(history, canary))
      differences.push({ kind: 'leak', what: `log text is in the history of ${workflowId}` });
  }
  return { differences, figures };
}

/** Size of the largest payload anywhere in a history: wherever an object has bytes as its `data`. */
function largestPayload(node: unknown): number {
  if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return 0;
  const { data } = node as { data?: unknown };
  const own = data instanceof Uint8Array ? data.length : 0;
  return Object.values(node).reduce<number>((largest, child) => Math.max(largest, largestPayload(child)), own);
}

/** True when a text stands in any string or bytes of a history. */
function holdsText(node: unknown, text: string): boolean {
  if (typeof node === 'string') return node.includes(text);
  if (node instanceof Uint8Array) return Buffer.from(node.buffer, node.byteOffset, node.byteLength).includes(text);
  if (typeof node !== 'object' || node === null) return false;
  return Object.values(node).some((child) => holdsText(child, text));
}
