import type { BatchSource, RecordRange } from '../../src/activities/ports';
import { PipelineError } from '../../src/domain/errors';
import type { KafkaRecord } from '../../src/domain/record';
import { ReadAhead } from '../../src/kafka/read-ahead';

/** One topic in memory, with gaps, deleted offsets, and calls that wait like the real reader's. */
export class MemorySource implements BatchSource {
  readonly #partitions = new Map<number, { low: number; high: number; records: KafkaRecord[]; wake: () => void }>();
  /** Every call, `pull 0 5` or `read 0 5-9`. */
  readonly calls: string[] = [];
  /** Thrown by the next call instead of an answer. */
  failure: Error | undefined;
  readonly #damaged: { partition: number; from: number; to: number | undefined }[] = [];

  /** Appends records, each at the partition's end; undefined is an offset without a record. */
  append(partition: number, ...records: (Omit<KafkaRecord, 'offset'> | undefined)[]): void {
    const log = this.#log(partition);
    for (const record of records) {
      if (record) log.records.push({ ...record, offset: log.high });
      log.high += 1;
    }
    log.wake();
  }

  deleteBefore(partition: number, offset: number): void {
    const log = this.#log(partition);
    log.low = offset;
    log.records = log.records.filter((record) => record.offset >= offset);
  }

  /** Makes a batch of a partition one that cannot be read. @param to undefined where nobody can tell its end */
  damage(partition: number, from: number, to: number | undefined): void {
    this.#damaged.push({ partition, from, to });
  }

  async pull(...[partition, from, limits, signal]: Parameters<BatchSource['pull']>): Promise<RecordRange> {
    this.calls.push(`pull ${partition} ${from}`);
    this.#check(partition, from, signal);
    const deadline = Date.now() + limits.waitMs;
    for (;;) {
      const ahead = this.#ahead(partition, from);
      const complete = ahead.covers(limits.before ?? Infinity);
      const range = ahead.take(limits);
      if (range.records.length > 0 || complete || Date.now() >= deadline) return range;
      await this.#change(partition, deadline - Date.now(), signal);
    }
  }

  async read(...[partition, from, to, signal]: Parameters<BatchSource['read']>): Promise<RecordRange> {
    this.calls.push(`read ${partition} ${from}-${to}`);
    this.#check(partition, from, signal);
    if (to > this.#log(partition).high) throw new PipelineError('topic_recreated', 'behind the end');
    const met = this.#damaged.find(
      (one) => one.partition === partition && one.from < to && (one.to ?? Infinity) > from,
    );
    if (met) {
      const at = String(Math.max(from, met.from));
      const details = met.to === undefined ? [] : [{ from: at, to: String(met.to) }];
      throw new PipelineError('batch_unreadable', `damaged at ${at}`, { details });
    }
    return this.#ahead(partition, from).take({ maxRecords: Infinity, maxBytes: Infinity, before: to });
  }

  #check(partition: number, from: number, signal: AbortSignal): void {
    signal.throwIfAborted();
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
    const { low, high } = this.#log(partition);
    if (from < low) {
      const details = [{ from: String(from), to: String(low) }];
      throw new PipelineError('offset_out_of_range', `deleted up to ${low}`, { details });
    }
    if (from > high) throw new PipelineError('topic_recreated', 'behind the end');
  }

  #ahead(partition: number, from: number): ReadAhead {
    const { records, high } = this.#log(partition);
    const ahead = new ReadAhead(from);
    const rest = records.filter(({ offset }) => offset >= from);
    if (high > from) ahead.add(rest, high, Date.now());
    return ahead;
  }

  #log(partition: number) {
    const log = this.#partitions.get(partition) ?? { low: 0, high: 0, records: [], wake: () => undefined };
    this.#partitions.set(partition, log);
    return log;
  }

  async #change(partition: number, ms: number, signal: AbortSignal): Promise<void> {
    const log = this.#log(partition);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      log.wake = () => (clearTimeout(timer), resolve());
      signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    });
    signal.throwIfAborted();
  }
}
