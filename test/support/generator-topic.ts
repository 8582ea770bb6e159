import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../../local/project';
import { createKafka } from '../../src/kafka/client';
import { registerCodecs } from '../../src/kafka/codecs';
import { createTopics } from '../../src/kafka/create-topics';
import { fixRequestQueue } from '../../src/kafka/request-queue-fix';
import { createLogger } from '../../src/logger';
import { waitFor } from './wait-for';

/** A topic of its own on the real Kafka, and generators that write to it. */
export class GeneratorTopic {
  readonly name = `gen-${randomUUID().slice(0, 8)}`;
  readonly logger = createLogger('test', 'silent');
  readonly #brokers = process.env['SLUICE_TEST_KAFKA_BROKERS']!;
  readonly #kafka = createKafka({ brokers: [this.#brokers], clientId: 'generator-test' }, this.logger);
  readonly admin = this.#kafka.admin();

  async open(): Promise<this> {
    fixRequestQueue();
    await registerCodecs();
    await this.admin.connect();
    return this;
  }

  async close(): Promise<void> {
    if ((await this.admin.listTopics()).includes(this.name)) await this.admin.deleteTopics({ topics: [this.name] });
    await this.admin.disconnect();
  }

  create(partitions: number): Promise<boolean> {
    return createTopics(this.admin, [{ topic: this.name, numPartitions: partitions }]);
  }

  environment(changed: Record<string, string>): Record<string, string> {
    return { KAFKA_BROKERS: this.#brokers, KAFKA_TOPIC: this.name, ...changed };
  }

  async count(): Promise<number> {
    const offsets = await this.admin.fetchTopicOffsets(this.name);
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  }

  /** Everything in the topic, and the partitions each key was seen in. */
  async read() {
    const wanted = await this.count();
    const values: string[] = [];
    const partitions = new Map<string, Set<number>>();
    const consumer = this.#kafka.consumer({ groupId: this.name });
    await consumer.connect();
    await consumer.subscribe({ topic: this.name, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        values.push(message.value!.toString());
        const key = message.key!.toString();
        partitions.set(key, (partitions.get(key) ?? new Set()).add(partition));
      },
    });
    await waitFor(async () => values.length >= wanted, 60_000);
    await consumer.disconnect();
    return { values, partitions };
  }

  /** The generator as a process of its own, its log lines parsed as they come. */
  start(changed: Record<string, string>) {
    const main = join('src', 'generator', 'main.ts');
    const child = spawn(process.execPath, ['--require', 'tsx/cjs', main], {
      cwd: projectRoot(),
      env: { ...process.env, ...this.environment(changed) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: { msg: string; produced?: number }[] = [];
    createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line) as (typeof lines)[number]));
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const exited = once(child, 'close') as Promise<[number | null]>;
    return {
      lines,
      errors: () => errors,
      async stop() {
        child.kill('SIGTERM');
        const [code] = await exited;
        return { code, acknowledged: lines.find(({ msg }) => msg === 'all logs are acknowledged')?.produced };
      },
      exited,
    };
  }
}
