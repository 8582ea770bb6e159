import { writeFileSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import { bundleEdited, type SourceEdit } from './edited-workflows';
import type { TestPipeline } from './pipeline';
import { workflowBundle } from './workflow-environment';

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
