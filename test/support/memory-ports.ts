import type { DeadLetters, FateReader, ProgressMirror, TopicView } from '../../src/activities/ports';
import type { LatestRun, PartitionStarter } from '../../src/activities/starter-ports';
import type { ExpiryLog, IndexRetention } from '../../src/activities/retention-ports';
import type { DayIndex, ExpiredIndex, ExpiredPart } from '../../src/domain/expiry';
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
  found = { documents: 0, letters: 0, moreDocuments: 0 };

  async count(): Promise<{ documents: number; letters: number; moreDocuments: number }> {
    return this.found;
  }
}

/** Partition workflows that run, by partition. */
export class MemoryStarter implements PartitionStarter {
  readonly running = new Map<number, PartitionInput>();
  /** What the last run had noted, of partitions whose workflow has ended. */
  readonly ended = new Map<number, LatestRun>();

  async latest(_topic: string, partition: number): Promise<LatestRun | undefined> {
    return this.running.has(partition) ? { running: true } : this.ended.get(partition);
  }

  async start(input: PartitionInput): Promise<boolean> {
    if (this.running.has(input.partition)) return false;
    this.running.set(input.partition, input);
    return true;
  }
}

/** Day indices by name, with what each holds. */
export class MemoryRetention implements IndexRetention {
  readonly parts = new Map<string, ExpiredPart[]>();

  constructor(
    readonly names: Set<string>,
    private readonly prefix = 'logs',
  ) {}

  async list(): Promise<DayIndex[]> {
    return [...this.names]
      .map((index) => ({ index, day: /^(.*)-(\d{4}\.\d\d\.\d\d)$/.exec(index) }))
      .filter(({ day }) => day?.[1] === this.prefix)
      .map(({ index, day }) => ({ index, day: day![2]!, uuid: `uuid-${index}`, documents: 0, bytes: 0 }))
      .sort((a, b) => (a.day < b.day ? -1 : 1));
  }

  async account(index: string): Promise<{ documents: number; parts: ExpiredPart[] }> {
    const parts = this.parts.get(index) ?? [];
    return { documents: parts.reduce((sum, { documents }) => sum + documents, 0), parts };
  }

  async remove(index: string): Promise<void> {
    this.names.delete(index);
  }
}

/** Records of deletions in memory. */
export class MemoryExpiryLog implements ExpiryLog {
  readonly records = new Map<string, ExpiredIndex>();

  async write(expired: ExpiredIndex): Promise<void> {
    this.records.set(`${expired.index} ${expired.uuid}`, expired);
  }

  async list(days?: readonly string[]): Promise<ExpiredIndex[]> {
    return [...this.records.values()].filter(({ day }) => days?.includes(day) ?? true).reverse();
  }
}
