import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompressionTypes, Partitioners, type Message } from 'kafkajs';
import { registerCodecs } from '../../src/kafka/codecs';
import { partitionWorkflowId, type PartitionState } from '../../src/workflows/contract';
import { askState } from './ask-state';
import { deleteIndices } from './delete-indices';
import type { TestPipeline } from './pipeline';
import { waitFor } from './wait-for';

/** A document as the index has it. */
export interface FoundDocument {
  id: string;
  source: Record<string, unknown> & { epoch: number; kafka: { partition: number; offset: number } };
}

/** A pipeline file of a test, and what became of its topics on the real servers. */
export class TopicsFile {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sluice-topics-'));
  readonly path = join(this.#folder, 'pipeline.json');

  constructor(private readonly pipeline: TestPipeline) {}

  /** Replaces the file at once, as a careful editor and Kubernetes do. */
  write(topics: object[] | string): void {
    const text = typeof topics === 'string' ? topics : JSON.stringify({ topics }, null, 2);
    writeFileSync(`${this.path}.new`, text);
    renameSync(`${this.path}.new`, this.path);
  }

  async produce(topic: string, messages: Message[]): Promise<void> {
    await registerCodecs();
    const producer = this.pipeline.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    await producer.send({ topic, compression: CompressionTypes.LZ4, messages });
    await producer.disconnect();
  }

  state(topic: string, partition: number): Promise<PartitionState> {
    return askState(this.pipeline.temporal.workflow.getHandle(partitionWorkflowId(topic, partition)));
  }

  /** Waits until so many offsets of a topic have their fate; the states of its partitions. */
  async settled(topic: string, total: number, partitions: number, timeoutMs = 60_000): Promise<PartitionState[]> {
    return waitFor(async () => {
      const states = await Promise.all(Array.from({ length: partitions }, (_, one) => this.state(topic, one)));
      const next = states.reduce((sum, { ledger }) => sum + Number(ledger.next), 0);
      return next === total ? states : undefined;
    }, timeoutMs);
  }

  /** Every document of a pattern of indices. */
  async documents(index: string): Promise<FoundDocument[]> {
    await this.pipeline.elasticsearch.indices.refresh({ index, allow_no_indices: true });
    const found: FoundDocument[] = [];
    // In pages: a search alone gives no more than 10,000.
    const pages = this.pipeline.elasticsearch.helpers.scrollSearch<FoundDocument['source']>({ index, size: 5_000 });
    for await (const { body } of pages)
      found.push(...body.hits.hits.map(({ _id, _source }) => ({ id: _id!, source: _source! })));
    return found;
  }

  /** Ends the pipeline, and what its topics have left. @param prefixes of indices, beside the pipeline's own */
  async close(prefixes: string[]): Promise<void> {
    for (const prefix of prefixes) await deleteIndices(this.pipeline.elasticsearch, prefix);
    await this.pipeline.close();
    rmSync(this.#folder, { recursive: true });
  }
}
