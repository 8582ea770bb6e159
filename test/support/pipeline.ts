import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as TemporalClient, Connection } from '@temporalio/client';
import { CompressionTypes, Partitioners, type Kafka, type Message } from 'kafkajs';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { createKafka } from '../../src/kafka/client';
import { registerCodecs } from '../../src/kafka/codecs';
import { createTopics } from '../../src/kafka/create-topics';
import { createLogger } from '../../src/logger';
import {
  partitionWorkflowId,
  supervisorWorkflowId,
  type PartitionState,
  type SupervisorState,
} from '../../src/workflows/contract';
import { projectRoot } from '../../local/project';
import { askState } from './ask-state';
import { deleteIndices } from './delete-indices';
import { waitFor } from './wait-for';

/**
 * The whole pipeline on the real servers of the integration tests, under names of its own: a topic, an index prefix, a
 * task queue, a consumer group. Workers are child processes, so that they can be killed.
 */
export class TestPipeline {
  readonly topic = `t-${randomUUID().slice(0, 8)}`;
  readonly deadLetterTopic = `${this.topic}.dead`;
  readonly logger = createLogger('test', 'silent');
  readonly kafka: Kafka;
  readonly elasticsearch = createElasticsearch({ url: variable('ELASTICSEARCH_URL'), requestTimeoutMs: 30_000 });
  readonly connection = Connection.lazy({ address: variable('TEMPORAL_ADDRESS') });
  readonly temporal = new TemporalClient({ connection: this.connection });
  /** How a worker is started: from its sources, or as it was built. */
  workerProgram = ['--require', 'tsx/cjs', join('src', 'workers', 'main.ts')];
  readonly #workers: ChildProcess[] = [];

  constructor(readonly settings: Record<string, string> = {}) {
    this.kafka = createKafka({ brokers: [variable('KAFKA_BROKERS')], clientId: 'test' }, this.logger);
  }

  get env(): Record<string, string | undefined> {
    return {
      ...process.env,
      KAFKA_BROKERS: variable('KAFKA_BROKERS'),
      ELASTICSEARCH_URL: variable('ELASTICSEARCH_URL'),
      TEMPORAL_ADDRESS: variable('TEMPORAL_ADDRESS'),
      TEMPORAL_UI_URL: variable('TEMPORAL_UI'),
      KAFKA_TOPIC: this.topic,
      KAFKA_DEAD_LETTER_TOPIC: this.deadLetterTopic,
      KAFKA_GROUP_ID: this.topic,
      INDEX_PREFIX: this.topic,
      TEMPORAL_TASK_QUEUE: this.topic,
      COMMIT_INTERVAL_MS: '1000',
      BATCH_LINGER_MS: '200',
      EXPORT_FOLDER: join(tmpdir(), `${this.topic}-exports`),
      ...this.settings,
    };
  }

  /** Starts a worker, with today's workflows unless another bundle is given; its log goes to a file beside the servers' own. */
  startWorker(
    extra: Record<string, string> = {},
    bundle = process.env['SLUICE_TEST_WORKFLOW_BUNDLE'] ?? '',
  ): ChildProcess {
    const worker = spawn(process.execPath, [...this.workerProgram, bundle], {
      cwd: projectRoot(),
      env: { ...this.env, ...extra },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { folder } = JSON.parse(variable('SERVERS')) as { folder: string };
    const log = createWriteStream(join(folder, `${this.topic}-worker-${this.#workers.length}.log`));
    worker.stdout.pipe(log);
    worker.stderr.pipe(log, { end: false });
    this.#workers.push(worker);
    return worker;
  }

  runningWorkers(): ChildProcess[] {
    return this.#workers.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  }

  /** kill -9. */
  async killWorker(worker: ChildProcess): Promise<void> {
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    worker.kill('SIGKILL');
    await once(worker, 'exit');
  }

  /** Creates the topic by itself, for records that are there before any worker. */
  async createTopic(numPartitions = 4, config: Record<string, string> = {}): Promise<void> {
    const admin = this.kafka.admin();
    await admin.connect();
    const configEntries = Object.entries({ 'message.timestamp.type': 'LogAppendTime', ...config }).map(
      ([name, value]) => ({ name, value }),
    );
    await createTopics(admin, [{ topic: this.topic, numPartitions, configEntries }]);
    await admin.disconnect();
  }

  async produce(messages: Message[], compression = CompressionTypes.LZ4): Promise<void> {
    await registerCodecs();
    const producer = this.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    for (let i = 0; i < messages.length; i += 5000) {
      await producer.send({ topic: this.topic, compression, messages: messages.slice(i, i + 5000) });
    }
    await producer.disconnect();
  }

  /** Documents in the index, after a refresh. */
  async countDocuments(): Promise<number> {
    const index = `${this.topic}-*`;
    await this.elasticsearch.indices.refresh({ index, allow_no_indices: true });
    return (await this.elasticsearch.count({ index, allow_no_indices: true })).count;
  }

  /** Every document's id and source, in order of id. */
  async allDocuments(): Promise<{ id: string; source: Record<string, unknown> }[]> {
    const index = `${this.topic}-*`;
    await this.elasticsearch.indices.refresh({ index });
    const found: { id: string; source: Record<string, unknown> }[] = [];
    let after: [number, number] | undefined;
    for (;;) {
      const { hits } = await this.elasticsearch.search<Record<string, unknown>>({
        index,
        size: 10_000,
        sort: [{ 'kafka.partition': 'asc' }, { 'kafka.offset': 'asc' }],
        ...(after ? { search_after: after } : {}),
        track_total_hits: false,
      });
      if (hits.hits.length === 0) return found;
      for (const { _id, _source } of hits.hits) found.push({ id: _id!, source: _source! });
      after = hits.hits.at(-1)!.sort as [number, number];
    }
  }

  partitionState(partition: number): Promise<PartitionState> {
    return askState(this.temporal.workflow.getHandle(partitionWorkflowId(this.topic, partition)));
  }

  supervisorState(): Promise<SupervisorState> {
    return askState(this.temporal.workflow.getHandle(supervisorWorkflowId(this.topic)));
  }

  /** The ledgers of all partitions, summed. */
  async ledger(partitions = 4): Promise<Record<string, number>> {
    const sum: Record<string, number> = {};
    for (let partition = 0; partition < partitions; partition += 1) {
      const { ledger } = await this.partitionState(partition);
      for (const [name, value] of Object.entries(ledger)) sum[name] = (sum[name] ?? 0) + Number(value);
    }
    return sum;
  }

  /** Waits until every offset below the sum of the partitions' ends has its fate. */
  async settled(total: number, partitions = 4, timeoutMs = 60_000): Promise<Record<string, number>> {
    return waitFor(async () => {
      const ledger = await this.ledger(partitions);
      return ledger['next'] === total ? ledger : undefined;
    }, timeoutMs);
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => this.killWorker(worker)));
    const running = this.temporal.workflow.list({
      query: `TaskQueue = '${this.topic}' AND ExecutionStatus = 'Running'`,
    });
    for await (const { workflowId } of running) {
      await this.temporal.workflow
        .getHandle(workflowId)
        .terminate('test ended')
        .catch(() => undefined);
    }
    await deleteIndices(this.elasticsearch, this.topic);
    rmSync(this.env['EXPORT_FOLDER']!, { recursive: true, force: true });
    await this.elasticsearch.close();
    await this.connection.close();
  }
}

function variable(name: string): string {
  const value = process.env[`SLUICE_TEST_${name}`];
  if (value === undefined)
    throw new Error(`SLUICE_TEST_${name} is not set: run this test in the jest project integration`);
  return value;
}
