import type {
  DeadLetters,
  FateReader,
  IndexRetention,
  PartitionStarter,
  ProgressMirror,
  TopicView,
} from '../../src/activities/ports';
import { PipelineError } from '../../src/domain/errors';
import { documentId } from '../../src/domain/ids';
import type { PartitionInput } from '../../src/workflows/contract';

type Letter = Parameters<DeadLetters['write']>[0][number];

/** Dead letters in memory, by identity. */
export class MemoryDeadLetters implements DeadLetters {
  readonly letters = new Map<string, Letter>();
  /** How many were written, the same one again counted. */
  written = 0;
  down = false;

  async write(letters: Letter[]): Promise<void> {
    if (this.down) throw new PipelineError('dead_letters_unavailable', 'down');
    this.written += letters.length;
    for (const letter of letters) {
      const { generation, partition, record } = letter;
      this.letters.set(documentId({ generation, partition, offset: record.offset }), letter);
    }
  }
}

/** A consumer group's commits in memory. */
export class MemoryMirror implements ProgressMirror {
  readonly commits = new Map<number, { offset: string; metadata: string }>();

  async commit(partition: number, offset: string, metadata: string): Promise<void> {
    if (Buffer.byteLength(metadata) > 4096) throw new RangeError('metadata over 4096 bytes');
    this.commits.set(partition, { offset, metadata });
  }
}

/** What a supervisor sees of a topic. */
export class MemoryTopics implements TopicView {
  ids: number[] | undefined = [0];
  topicId: string | undefined;
  readonly lows = new Map<number, number>();
  readonly commits = new Map<number, { offset: string; metadata: string }>();
  failure: Error | undefined;

  async describe(): Promise<{ id?: string; partitions: number[] } | undefined> {
    if (this.failure) throw this.failure;
    return this.ids && { ...(this.topicId === undefined ? {} : { id: this.topicId }), partitions: this.ids };
  }

  async partitions(): Promise<number[] | undefined> {
    return (await this.describe())?.partitions;
  }

  async ends(): Promise<Map<number, { low: number; high: number }>> {
    return new Map((this.ids ?? []).map((id) => [id, { low: this.lows.get(id) ?? 0, high: 1000 }]));
  }

  async committed(): Promise<Map<number, { offset: string; metadata: string }>> {
    return this.commits;
  }
}

/** What of a range is there already: as told. */
export class MemoryFates implements FateReader {
  found = { documents: 0, letters: 0 };

  async count(): Promise<{ documents: number; letters: number }> {
    return this.found;
  }
}

/** Partition workflows that run, by partition. */
export class MemoryStarter implements PartitionStarter {
  readonly running = new Map<number, PartitionInput>();

  async start(input: PartitionInput): Promise<boolean> {
    if (this.running.has(input.partition)) return false;
    this.running.set(input.partition, input);
    return true;
  }
}

/** Day indices by name. */
export class MemoryRetention implements IndexRetention {
  constructor(
    readonly names: Set<string>,
    private readonly prefix = 'logs',
  ) {}

  async deleteBefore(oldestDay: string): Promise<string[]> {
    const expired = [...this.names].filter((name) => {
      const [, prefix, day] = /^(.*)-(\d{4}\.\d\d\.\d\d)$/.exec(name) ?? [];
      return prefix === this.prefix && day! < oldestDay;
    });
    for (const name of expired) this.names.delete(name);
    return expired;
  }
}
