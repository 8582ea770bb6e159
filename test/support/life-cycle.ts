import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import type { TestPipeline } from './pipeline';
import { temporal } from './temporal-cli';
import { waitFor } from './wait-for';
import { workflowBundle } from './workflow-environment';
import { bundleEdited, type SourceEdit } from './edited-workflows';

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

/** Today's workflows without what the newest patches brought: a version that a rolling upgrade leaves behind. */
const BEFORE: SourceEdit[] = [
  {
    file: 'workflows/supervisor.ts',
    from: '  if (patched(HOLDS_NOTED)) noteHolds(() => state.noted).catch(() => undefined);\n',
    to: '',
  },
  { file: 'workflows/supervisor.ts', from: 'patched(CHANGE_WHILE_TELLING) ? begunWith : ', to: '' },
  {
    file: 'workflows/partition-pipeline.ts',
    from: "state.notesHolds = patched('holds-noted')",
    to: 'state.notesHolds = false',
  },
];

/** Bundles that version and writes it to a file. */
export async function writeBundleOfBefore(file: string): Promise<void> {
  writeFileSync(file, (await bundleEdited(BEFORE)).code);
}

/**
 * Replays every run of a pipeline's workflows on today's code, and looks whether one waits for a workflow task that fails.
 *
 * @returns ids of those that do, and how many workers the runs have had
 */
export async function judgeRuns(pipeline: TestPipeline): Promise<{ workers: number; stuck: string[] }> {
  const stuck: string[] = [];
  const workers = new Set<string>();
  for await (const { workflowId, runId, taskQueue } of pipeline.temporal.workflow.list({
    query: `TaskQueue = '${pipeline.topic}'`,
  })) {
    if (taskQueue !== pipeline.topic) continue;
    const handle = pipeline.temporal.workflow.getHandle(workflowId, runId);
    const history = await handle.fetchHistory();
    for (const { workflowTaskCompletedEventAttributes: completed } of history.events ?? []) {
      if (completed?.identity) workers.add(completed.identity);
    }
    await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
    const { pendingWorkflowTask } = (await handle.describe()).raw;
    if ((pendingWorkflowTask?.attempt ?? 1) > 1) stuck.push(workflowId);
  }
  return { workers: workers.size, stuck };
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
