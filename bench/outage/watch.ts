import { createFactGatherer } from '../../src/api/pipeline/gather-facts';
import { createPipelineReader } from '../../src/api/pipeline/read-pipeline';
import { createTemporalWorkflows } from '../../src/api/pipeline/temporal-workflows';
import { createOffsetReader, type OffsetReader } from '../../src/kafka/offsets';
import type { TestPipeline } from '../../test/support/pipeline';
import { processUse } from '../cpu';

/** The pipeline at one moment, as GET /pipeline shows it. */
export interface Look {
  lag: number | null;
  partitions: { partition: number; state: string; lag: number | null }[];
}

const INTERVAL_MS = 10_000;

/** Looks at the pipeline every 10 s and prints what it sees. */
export class Watch {
  readonly offsets: OffsetReader;
  /** Every state that a partition showed. */
  readonly states = new Set<string>();
  readonly #read: () => Promise<{ totals: { lag: number | null }; partitions: Look['partitions'] }>;

  constructor(
    { topic, kafka, temporal, logger }: TestPipeline,
    private readonly workerPid: number,
    private readonly say: (line: string) => void,
  ) {
    this.offsets = createOffsetReader(kafka);
    const settings = {
      topic,
      groupId: topic,
      partitions: 0,
      namespace: 'default',
      uiUrl: 'http://127.0.0.1',
      corsOrigins: [],
    };
    const workflows = createTemporalWorkflows(temporal);
    const gather = createFactGatherer({ settings, workflows, offsets: this.offsets, logger });
    this.#read = createPipelineReader({ settings }, gather);
  }

  /** The worker's memory at its highest so far; 0 where there is no /proc. */
  get peakMemoryMb(): number {
    return processUse(this.workerPid)?.peakMemoryMb ?? 0;
  }

  async look(): Promise<Look> {
    const { totals, partitions } = await this.#read();
    for (const { state } of partitions) this.states.add(state.replace(/ \(attempt \d+\)/, ''));
    return { lag: totals.lag, partitions };
  }

  async during(ms: number): Promise<void> {
    const deadline = Date.now() + ms;
    while (Date.now() < deadline) {
      await pause(Math.min(INTERVAL_MS, deadline - Date.now()));
      this.#show(await this.look());
    }
  }

  /** @throws Error when it does not come true in time */
  async until(isReached: (look: Look) => boolean, ms: number): Promise<void> {
    const deadline = Date.now() + ms;
    for (;;) {
      const look = await this.look();
      this.#show(look);
      if (isReached(look)) return;
      if (Date.now() > deadline) throw new Error(`not within ${Math.round(ms / 1000)} s`);
      await pause(INTERVAL_MS);
    }
  }

  #show({ lag, partitions }: Look): void {
    const states = partitions.map(({ partition, state }) => `${partition} ${state}`).join('; ');
    this.say(`lag ${lag ?? 'unknown'}; ${states}; worker at most ${this.peakMemoryMb} MB`);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
