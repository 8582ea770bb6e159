import { condition } from '@temporalio/workflow';
import { draining } from './activity-options';
import { showDetails } from './current-details';
import type { PipelineState } from './pipeline-state';

/** Finds out where each drain ends: what Kafka holds at or after the moment at which it was ordered. */
export async function endDrains(state: PipelineState): Promise<void> {
  const { topic, partition, holds } = state;
  for (;;) {
    await condition(() => holds.endless !== undefined);
    const ordered = [holds.own, holds.topic];
    const end = await draining.findEnd.executeWithOptions({ summary: 'end of the drain' }, [{ topic, partition }]);
    holds.endAt(end, ordered);
    showDetails(state);
  }
}
