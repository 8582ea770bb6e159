import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { waitFor } from '../../support/wait-for';

/** One run of a workflow, as it is kept. */
export interface RecordedRun {
  /** `partition-1-02`: the workflow, which one of them, and its run. */
  name: string;
  events: number;
  text: string;
}

/** Runs of a partition that are kept, the first and the last ones: those in between are like them. */
const KEPT_RUNS = 4;

const NAMES: Record<string, string> = {
  ingestPartition: 'partition',
  superviseTopic: 'supervisor',
  auditTopic: 'audit',
  redriveLetters: 'redrive',
  replayTopic: 'replay',
  keepRetention: 'retention',
  exportLogs: 'export',
};

interface Run {
  type: string;
  workflowId: string;
  runId: string;
  startedAt: number;
}

/**
 * The histories of all runs of a topic's workflows, without what only tells of the machine.
 *
 * @throws Error when a workflow type has none, or one that is unknown here
 */
export async function recordedRuns(client: Client, topic: string): Promise<RecordedRun[]> {
  const runs = await waitFor(async () => {
    const found = await listRuns(client, topic);
    return Object.keys(NAMES).every((type) => found.some((run) => run.type === type)) && found;
  });
  const workflows = new Map<string, Run[]>();
  for (const run of runs) workflows.set(run.workflowId, [...(workflows.get(run.workflowId) ?? []), run]);
  const counts = new Map<string, number>();
  const recorded: RecordedRun[] = [];
  for (const own of workflows.values()) {
    const { type } = own[0]!;
    const name = NAMES[type];
    if (name === undefined) throw new Error(`nothing is known of ${type}: name it in ${__filename}`);
    const number = (counts.get(name) ?? 0) + 1;
    counts.set(name, number);
    for (const [position, { workflowId, runId }] of own.entries()) {
      if (position >= KEPT_RUNS / 2 && position < own.length - KEPT_RUNS / 2) continue;
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      const run = String(position + 1).padStart(2, '0');
      recorded.push({
        name: `${name}-${number}-${run}`,
        events: history.events?.length ?? 0,
        text: `${JSON.stringify(withoutMachine(JSON.parse(historyToJSON(history))))}\n`,
      });
    }
  }
  return recorded;
}

/** In order of their start. */
async function listRuns(client: Client, topic: string): Promise<Run[]> {
  const runs: Run[] = [];
  for await (const { type, workflowId, runId, startTime } of client.workflow.list({
    query: `TaskQueue = '${topic}'`,
  })) {
    if (NAMES[type] !== undefined || !type.startsWith('temporal-')) {
      runs.push({ type, workflowId, runId, startedAt: startTime.getTime() });
    }
  }
  return runs.sort((a, b) => a.startedAt - b.startedAt);
}

/** Stack traces name files of the machine, identities its processes. */
function withoutMachine(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMachine);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => key !== 'stackTrace');
  return Object.fromEntries(
    kept.map(([key, one]) => [
      key,
      key === 'identity' || key === 'lastWorkerIdentity' ? 'worker' : withoutMachine(one),
    ]),
  );
}
