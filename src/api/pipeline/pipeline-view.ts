import type { SupervisorState } from '../../workflows/contract';
import type { WorkflowReading } from '../ports';
import { PIPELINE_STATES, type PartitionView, type PipelineView } from '../schemas/pipeline';
import { shownPause } from './partition-view';
import type { KafkaFacts } from './gather-facts';

export interface PipelineFacts {
  topic: string;
  supervisor: WorkflowReading<SupervisorState>;
  kafka: KafkaFacts;
  partitions: PartitionView[];
  workflowId: string;
  workflowUrl: string;
}

type State = PipelineView['state'];

const FATE_NAMES = ['indexed', 'duplicate', 'dead_lettered', 'filtered', 'lost_upstream', 'void'] as const;

/** The whole pipeline as the API shows it. */
export function pipelineView(facts: PipelineFacts): PipelineView {
  const { partitions, kafka } = facts;
  const sources = new Set(partitions.map(({ source }) => source));
  return {
    topic: facts.topic,
    state: overallState(facts),
    source: sources.has('workflows') ? 'workflows' : kafka.commits ? 'commits' : 'none',
    note: describeGaps(facts),
    workflow_id: facts.workflowId,
    workflow_url: facts.workflowUrl,
    temporal_pause: shownPause(facts.supervisor.temporalPause),
    partitions,
    totals: {
      produced: kafka.ends ? sum([...kafka.ends.values()].map(({ high }) => high)) : null,
      lag:
        kafka.ends && partitions.every(({ lag }) => lag !== null) ? sum(partitions.map(({ lag }) => lag ?? 0)) : null,
      ...(Object.fromEntries(
        FATE_NAMES.map((fate) => [fate, sum(partitions.map(({ counts }) => counts?.[fate] ?? 0))]),
      ) as Record<(typeof FATE_NAMES)[number], number>),
      documents: sum(partitions.map(({ documents }) => documents ?? 0)),
    },
  };
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function overallState({ supervisor, partitions }: PipelineFacts): State {
  const states = partitions.map(({ state }) => state.split(':')[0] as State);
  if (states.length === 0) return withoutPartitions(supervisor);
  const worst = PIPELINE_STATES.find((state) => states.includes(state)) ?? 'unreachable';
  // The order to pause is given and some partition has not followed yet.
  // It goes on, and obeys nobody.
  if (worst === 'running' && supervisor.temporalPause?.of === 'workflow') return 'suspended';
  if (worst === 'running' && supervisor.state?.paused) return 'pausing';
  if (worst === 'running' && supervisor.state?.hold?.kind === 'drain') return 'draining';
  // One partition that was paused by itself does not pause the pipeline.
  if (worst === 'paused' && states.includes('running')) return supervisor.state?.paused ? 'pausing' : 'running';
  return worst;
}

function withoutPartitions({ execution, state }: WorkflowReading<SupervisorState>): State {
  if (execution === 'missing') return 'absent';
  if (execution === 'closed') return 'stopped';
  if (!state) return 'unreachable';
  return state.paused ? 'paused' : 'running';
}

/** Says what is not known and why, in sentences; null when everything answered. */
function describeGaps(facts: PipelineFacts): string | null {
  const { kafka, partitions, supervisor } = facts;
  const unheard = partitions.filter(({ source }) => source !== 'workflows');
  const suspended = unheard.filter((one) => one.temporal_pause?.of === 'workflow');
  const sentences = describeSilence(
    facts,
    unheard.filter((one) => !suspended.includes(one)),
  );
  if (suspended.length > 0) sentences.push(`Temporal has paused the workflow of partition ${namesOf(suspended)}.`);
  if (sentences.length > 0) {
    sentences.push(
      kafka.commits ? 'Offsets and counts are from the Kafka commits.' : 'Offsets and counts are unknown.',
    );
  }
  if (!kafka.ends) sentences.push('The end offsets could not be read from Kafka: lag is unknown.');
  else if (!kafka.commits) sentences.push('The commits could not be read from Kafka.');
  if (supervisor.temporalPause?.of === 'workflow') {
    const { workflowId } = facts;
    sentences.push(
      'Temporal has paused the supervisor: partitions go on, orders wait until ' +
        `temporal workflow unpause --workflow-id ${workflowId}`,
    );
  }
  return sentences.length > 0 ? sentences.join(' ') : null;
}

function namesOf(partitions: PartitionView[]): string {
  return partitions.map(({ partition }) => partition).join(', ');
}

function describeSilence({ partitions, supervisor }: PipelineFacts, silent: PartitionView[]): string[] {
  if (silent.length < partitions.length) {
    return silent.length > 0 ? [`No worker answered for partition ${namesOf(silent)}.`] : [];
  }
  if (supervisor.execution === 'unreachable') return ['Temporal did not answer.'];
  if (supervisor.execution === 'missing') return ['The pipeline has not been started: start a worker.'];
  return supervisor.state ? [] : ['No worker answered.'];
}
