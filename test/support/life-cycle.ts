import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { TestPipeline } from './pipeline';
import { temporal } from './temporal-cli';
import { waitFor } from './wait-for';

/** Resolves once a worker that was just started says that it runs. */
export async function untilRunning(worker: ChildProcess, timeoutMs = 90_000): Promise<void> {
  let said = '';
  worker.stdout!.on('data', (chunk: Buffer) => {
    if (!said.includes('"msg":"running"')) said += chunk.toString();
  });
  await waitFor(async () => {
    if (worker.exitCode !== null) throw new Error(`the worker ended with ${worker.exitCode}`);
    return said.includes('"msg":"running"');
  }, timeoutMs);
}

/** Sends SIGTERM, and again where asked; how the process ended and after how long. */
export async function stopBySignal(worker: ChildProcess, signals = 1): Promise<{ code: number | null; ms: number }> {
  const ended = once(worker, 'exit') as Promise<[number | null]>;
  const from = performance.now();
  for (let sent = 0; sent < signals; sent += 1) {
    worker.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const [code] = await ended;
  return { code, ms: Math.round(performance.now() - from) };
}

/** What an operator may do to any workflow in Temporal's own tools. */
export const INTERRUPTIONS = ['terminate', 'cancel', 'reset'] as const;
export type Interruption = (typeof INTERRUPTIONS)[number];

/** Does it with the real `temporal` binary, and returns once the workflow runs again, in another run. */
export async function interrupt(pipeline: TestPipeline, workflowId: string, how: Interruption): Promise<void> {
  const describe = () => pipeline.temporal.workflow.getHandle(workflowId).describe();
  const { runId } = await describe();
  const which = ['--workflow-id', workflowId];
  if (how === 'reset') {
    await temporal('workflow', 'reset', ...which, '--type', 'LastWorkflowTask', '--reason', 'a test');
  } else await temporal('workflow', how, ...which);
  await waitFor(async () => {
    const now = await describe();
    return now.status.name === 'RUNNING' && now.runId !== runId;
  }, 60_000);
}
