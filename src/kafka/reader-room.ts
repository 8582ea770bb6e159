import type { Lane } from './reader-lane';

/**
 * The memory of what was read ahead, over all partitions of one worker. Every partition in use has an equal share; a
 * partition that nobody waits for takes nothing beyond the whole. What one fetch brings may come on top, since its size
 * is known only when it is there.
 */
export class ReaderRoom {
  constructor(
    private readonly bytes: number,
    private readonly lanes: ReadonlyMap<number, Lane>,
  ) {}

  /** True when no further fetch of this partition should be asked for. */
  isFull(lane: Lane): boolean {
    return lane.ahead.bytes >= this.#share() || (!lane.waiting && this.#held() >= this.bytes);
  }

  /** True when a partition that was stopped has room for a fetch again. */
  hasRoom(lane: Lane): boolean {
    return lane.ahead.bytes <= this.#share() / 2;
  }

  #share(): number {
    let inUse = 0;
    for (const lane of this.lanes.values()) if (!lane.displaced) inUse += 1;
    return this.bytes / Math.max(1, inUse);
  }

  #held(): number {
    let held = 0;
    for (const lane of this.lanes.values()) held += lane.ahead.bytes;
    return held;
  }
}
