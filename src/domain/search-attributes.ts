import type { SearchAttributePair } from '@temporalio/common';

/** What workflows can be searched by in the Web UI and with `temporal workflow list --query`. */
export const SEARCH_ATTRIBUTES = {
  topic: { name: 'SluiceTopic', type: 'KEYWORD' },
  partition: { name: 'SluicePartition', type: 'INT' },
  /** {@link SearchState}; partition workflows only. */
  state: { name: 'SluiceState', type: 'KEYWORD' },
} as const;

/** What an operator searches for. What passes by itself counts as running: it would change too often to be indexed. */
export type SearchState = 'running' | 'draining' | 'paused' | 'halted';

/** The attributes of one workflow, as Temporal's client and a workflow's upsert take them. */
export function searchAttributes(of: {
  topic: string;
  partition?: number | undefined;
  state?: SearchState | undefined;
}): SearchAttributePair[] {
  const { topic, partition, state } = of;
  return [
    { key: SEARCH_ATTRIBUTES.topic, value: topic },
    ...(partition === undefined ? [] : [{ key: SEARCH_ATTRIBUTES.partition, value: partition }]),
    ...(state === undefined ? [] : [{ key: SEARCH_ATTRIBUTES.state, value: state }]),
  ];
}
