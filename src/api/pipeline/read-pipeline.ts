import { partitionWorkflowId, supervisorWorkflowId } from '../../workflows/contract';
import type { AppDeps } from '../ports';
import type { PipelineView } from '../schemas/pipeline';
import type { GatheredFacts } from './gather-facts';
import { partitionView } from './partition-view';
import { pipelineView } from './pipeline-view';

/** Address of a workflow in Temporal's Web UI. */
export function workflowUrl(settings: { uiUrl: string; namespace: string }, workflowId: string): string {
  const base = settings.uiUrl.replace(/\/+$/, '');
  return `${base}/namespaces/${encodeURIComponent(settings.namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}

/** A workflow as every answer names it. */
export function workflowLinks(settings: { uiUrl: string; namespace: string }, workflowId: string) {
  return { workflow_id: workflowId, workflow_url: workflowUrl(settings, workflowId) };
}

/** A reader of the pipeline's state, from the facts that `gather` brings; it throws as that does. */
export function createPipelineReader(
  { settings }: Pick<AppDeps, 'settings'>,
  gather: () => Promise<GatheredFacts>,
): () => Promise<PipelineView> {
  const { topic } = settings;
  return async () => {
    const { supervisor, kafka, readings } = await gather();
    const partitions = [...readings].map(([partition, reading]) => {
      const workflowId = partitionWorkflowId(topic, partition);
      return partitionView({
        partition,
        reading,
        end: kafka.ends?.get(partition)?.high,
        commit: kafka.commits?.get(partition),
        workflowId,
        workflowUrl: workflowUrl(settings, workflowId),
      });
    });
    const workflowId = supervisorWorkflowId(topic);
    return pipelineView({
      topic,
      supervisor,
      kafka,
      partitions,
      workflowId,
      workflowUrl: workflowUrl(settings, workflowId),
    });
  };
}
