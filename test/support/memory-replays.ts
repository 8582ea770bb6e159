import type { PartitionRange, RecordRange } from '../../src/activities/ports';
import type {
  ReplayCensus,
  ReplayRuns,
  ReplaySource,
  ReplayStore,
  ReplayTopic,
  StoredVerdicts,
} from '../../src/activities/replay-ports';
import { documentId, indexName, parseDocumentId } from '../../src/domain/ids';
import { openLedger } from '../../src/domain/ledger';
import type { Anomaly } from '../../src/domain/record';
import type { ReplayOrder, ReplayPlan, StoredReplay } from '../../src/domain/replay';
import type { Epoch, PartitionProgress } from '../../src/workflows/contract';
import type { MemoryIndex } from './memory-index';
import type { MemoryLetters } from './memory-letters';
import type { MemorySource } from './memory-source';

/** A replay of everything, ordered a moment ago. */
export function replayOrder(change: Partial<ReplayOrder> = {}): ReplayOrder {
  return {
    id: 'one',
    topic: 'logs',
    mode: 'repair',
    dryRun: false,
    actor: 'test',
    orderedAt: '2026-11-24T12:00:00.000Z',
    ...change,
  };
}

/** All that a replay needs, in memory, over the index, the letters and the topic of a test. */
export class MemoryReplays implements ReplayStore, ReplayRuns, ReplayCensus, ReplayTopic, ReplaySource {
  readonly stored = new Map<string, StoredReplay>();
  readonly plans = new Map<string, ReplayPlan>();
  readonly started: string[] = [];
  newest: Epoch = { number: 1, rulesHash: 'rules' };
  readonly accounts = new Map<number, PartitionProgress>();
  readonly topicEnds = new Map<number, { low: number; high: number }>();
  /** The offset at a time, by milliseconds; the start when it is not here. */
  readonly times = new Map<number, number>();

  constructor(
    private readonly source: MemorySource,
    private readonly index: MemoryIndex,
    private readonly letters: MemoryLetters,
  ) {}

  /** A partition that Kafka and the pipeline both know up to `next`. */
  settled(partition: number, next: number, change: Partial<PartitionProgress> = {}): void {
    this.topicEnds.set(partition, { low: 0, high: next });
    const ledger = { ...openLedger('0'), next: String(next), indexed: next };
    this.accounts.set(partition, { generation: 1, ledger, epochs: [{ number: 1, from: '0' }], ...change });
  }

  idOf(topic: string, requestId: string): string {
    return `r-${topic}-${requestId}`;
  }

  async create(replay: StoredReplay): Promise<boolean> {
    if (this.stored.has(replay.order.id)) return false;
    this.stored.set(replay.order.id, replay);
    return true;
  }

  async read(id: string): Promise<StoredReplay | undefined> {
    return this.stored.get(id);
  }

  async update(id: string, change: Partial<Omit<StoredReplay, 'order'>>): Promise<void> {
    this.stored.set(id, { ...this.stored.get(id)!, ...change });
  }

  async list(topic: string, size: number): Promise<StoredReplay[]> {
    return [...this.stored.values()]
      .filter(({ order }) => order.topic === topic)
      .reverse()
      .slice(0, size);
  }

  async writePlan(id: string, plan: ReplayPlan): Promise<void> {
    if (!this.plans.has(id)) this.plans.set(id, plan);
  }

  async readPlan(id: string): Promise<ReplayPlan | undefined> {
    return this.plans.get(id);
  }

  async epoch(): Promise<Epoch> {
    return this.newest;
  }

  async progress(_topic: string, partition: number): Promise<PartitionProgress> {
    return this.accounts.get(partition)!;
  }

  async start(_topic: string, id: string): Promise<void> {
    this.started.push(id);
  }

  async refresh(): Promise<void> {}

  async count(ranges: readonly PartitionRange[]): Promise<{ documents: number; deadLetters: number }[]> {
    return ranges.map((range) => {
      const inside = (place: { generation: number; partition: number; offset: number }) =>
        place.generation === range.generation &&
        place.partition === range.partition &&
        place.offset >= range.from &&
        place.offset < range.to;
      const ids = [...this.index.documents.keys()].map((key) => parseDocumentId(key.split('/')[1]!)!);
      const letters = [...this.letters.letters.values()].map(({ document }) => document);
      const open = letters.filter(({ state }) => state === 'open' || state === 'redriving');
      return {
        documents: new Set(ids.filter(inside).map(({ offset }) => offset)).size,
        deadLetters: open.filter(inside).length,
      };
    });
  }

  async ends(): Promise<Map<number, { low: number; high: number }>> {
    return this.topicEnds;
  }

  async offsetsAt(_topic: string, timestampMs: number): Promise<Map<number, number>> {
    return new Map([...this.topicEnds.keys()].map((partition) => [partition, this.times.get(timestampMs) ?? 0]));
  }

  async take(...[place, limits, signal]: Parameters<ReplaySource['take']>): Promise<RecordRange> {
    const { partition, from, before } = place;
    const wait = { lingerMs: 0, waitMs: 0 };
    return this.source.pull(partition, from, { ...limits, ...wait, before }, signal);
  }

  readonly verdicts: StoredVerdicts = {
    read: async ({ generation, partition }, records) =>
      records.map(({ offset, timestamp, part }) => {
        const key = `${indexName('logs', timestamp)}/${documentId({ generation, partition, offset, part })}`;
        const anomaly = this.index.documents.get(key)?.source['anomaly'] as Anomaly | undefined;
        return anomaly && { score: anomaly.score, isAnomaly: anomaly.is_anomaly };
      }),
  };
}
