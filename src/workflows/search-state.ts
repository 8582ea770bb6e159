import { condition, patched, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES, searchAttributes, type SearchState } from '../domain/search-attributes';
import type { PartitionStatus } from './contract';
import type { PipelineState } from './pipeline-state';

const PATCH = 'search-state';

/** Keeps what the partition is searched by up to date: one event for each change that an operator would search for. */
export async function keepSearchable(state: PipelineState): Promise<void> {
  const { topic, partition } = state;
  let shown = workflowInfo().typedSearchAttributes.get(SEARCH_ATTRIBUTES.state);
  for (;;) {
    await condition(() => (searchState(state.status) ?? shown) !== shown);
    shown = searchState(state.status);
    // A run of before knows nothing of it: what it has recorded is replayed without.
    if (patched(PATCH)) upsertSearchAttributes(searchAttributes({ topic, partition, state: shown as SearchState }));
  }
}

/** Undefined while it passes: what was shown stays. */
function searchState(status: PartitionStatus): SearchState | undefined {
  if (status === 'pausing') return undefined;
  return status === 'paused' || status === 'halted' || status === 'draining' ? status : 'running';
}
