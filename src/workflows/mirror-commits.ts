import { condition, patched, sleep } from '@temporalio/workflow';
import { mirror } from './activity-options';
import type { PartitionProgress } from './contract';
import type { PipelineState } from './pipeline-state';

/** The mirror of the progress in Kafka: at most one commit under way, one per interval, and one at every stop. */
export class MirrorCommits {
  #underWay = false;
  #lastAt = 0;

  constructor(private readonly state: PipelineState) {}

  async keepUp(): Promise<void> {
    for (;;) {
      await condition(() => this.state.dirty && !this.#underWay);
      const wait = this.#lastAt + this.state.orders.settings.commitIntervalMs - Date.now();
      // What operators hold is mirrored at once.
      const isHeldAnew = () => this.state.notesHolds && this.state.committedHolds !== this.state.holds.text;
      if (wait > 0 && this.state.notesHolds) await condition(isHeldAnew, wait);
      else if (wait > 0) await sleep(wait);
      await this.#commit();
    }
  }

  async flush(): Promise<void> {
    await condition(() => !this.#underWay);
    await this.#commit();
  }

  async #commit(): Promise<void> {
    const { state } = this;
    if (this.#underWay || !state.dirty) return;
    this.#underWay = true;
    this.#lastAt = Date.now();
    const { progress } = state;
    const { next } = progress.ledger;
    const held = state.holds.text;
    try {
      const input = { partition: state.partition, next, metadata: state.commitMetadata };
      await mirror.commitOffset.executeWithOptions({ summary: `next ${next}` }, [input]);
      // Rebound meanwhile: the offset may be the same, the account is another one.
      if (isOfTopic(progress, state.progress) || !patched('commit-outlived')) state.committed = next;
      state.committedHolds = held;
    } catch {
      // Older is safe, and the next commit makes up for this one.
    } finally {
      this.#underWay = false;
    }
  }
}

/** Whether progress that was taken earlier tells of the topic that is read now. */
function isOfTopic(then: PartitionProgress, now: PartitionProgress): boolean {
  return then.generation === now.generation && (then.topicId === undefined || then.topicId === now.topicId);
}
