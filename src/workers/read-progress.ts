import type { Client } from '@temporalio/client';
import type { TopicView } from '../activities/ports';
import { parseCommitMetadata } from '../activities/restore-progress';
import { PipelineError } from '../domain/errors';
import { partitionWorkflowId, QUERIES, type PartitionProgress, type PartitionState } from '../workflows/contract';

/** How long a workflow has to answer before its mirrored commit is asked. */
const QUERY_TIMEOUT_MS = 10_000;

export interface ReadProgress {
  source: 'workflow' | 'commit';
  progress: PartitionProgress;
}

/**
 * Reads where a partition stands: by its workflow, or by the group's commit where that is gone or does not answer.
 *
 * @throws PipelineError temporal_unavailable when neither tells
 */
export async function readProgress(
  client: Client,
  topics: Pick<TopicView, 'committed'>,
  groupId: string,
  place: { topic: string; partition: number },
): Promise<ReadProgress> {
  const { topic, partition } = place;
  try {
    const handle = client.workflow.getHandle(partitionWorkflowId(topic, partition));
    const deadline = Date.now() + QUERY_TIMEOUT_MS;
    const progress = await client.withDeadline(deadline, () => handle.query<PartitionState>(QUERIES.state));
    return { source: 'workflow', progress };
  } catch (cause) {
    const commit = await topics.committed(groupId, topic).then(
      (commits) => commits.get(partition),
      () => undefined,
    );
    const kept = commit && parseCommitMetadata(commit.metadata);
    if (kept) return { source: 'commit', progress: kept.progress };
    const what = `neither workflow nor commit tells the account of partition ${partition}`;
    throw new PipelineError('temporal_unavailable', what, { cause });
  }
}
