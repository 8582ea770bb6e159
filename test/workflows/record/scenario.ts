import { EXPORT_WORKFLOW, exportWorkflowId } from '../../../src/domain/export';
import { supervisorWorkflowId } from '../../../src/workflows/contract';
import { generatedMessages } from '../../support/log-records';
import { waitFor } from '../../support/wait-for';
import type { RecordedPipeline } from './recorded-pipeline';

/** Does to a pipeline what operators, bad records and Kafka do to it, so that its workflows take as many ways as can be. */
export async function playScenario(pipeline: RecordedPipeline): Promise<void> {
  const play = new Scenario(pipeline);
  await play.orders();
  await play.gap();
  await play.replays();
  await play.audits();
  await play.redrives();
  await play.retention();
  await play.exports();
}

const BAD = 6;

class Scenario {
  #produced = 0;
  #lost = 0;

  constructor(private readonly pipeline: RecordedPipeline) {}

  /** Holds of every kind, over the topic and over one partition, by update and by signal. */
  async orders(): Promise<void> {
    const { pipeline } = this;
    await this.#produce(1200);
    await pipeline.post('/pipeline/pause', { reason: 'recording', actor: 'recorder' });
    await this.#reaches('paused');
    await this.#produce(400);
    await this.#resume();
    await this.#settled();
    await pipeline.post('/pipeline/pause', { partition: 1, for_seconds: 2 });
    await this.#settled();
    await this.#produce(400);
    await pipeline.post('/pipeline/drain');
    await this.#reaches('paused');
    await this.#resume();
    await pipeline.post('/pipeline/stop-at', { partition: 0, offset: String(this.#produced / 2 + 50) });
    await this.#produce(400);
    await waitFor(async () => (await pipeline.partitionState(0)).status === 'paused', 60_000);
    await this.#signal('resume', { partition: 0 });
    await this.#signal('pause', 'no object');
    await this.#signal('no-such-message');
    await this.#resume();
    await this.#settled();
  }

  /** Records that Kafka deletes while nobody reads, and an operator who takes the gap on. */
  async gap(): Promise<void> {
    const { pipeline } = this;
    await pipeline.post('/pipeline/pause');
    await this.#reaches('paused');
    await this.#produce(200);
    const offset = Number((await pipeline.partitionState(0)).ledger.next);
    const admin = pipeline.kafka.admin();
    await admin.connect();
    // It deletes only from a topic whose partitions it has asked for.
    await admin.fetchTopicOffsets(pipeline.topic);
    await admin.deleteTopicRecords({
      topic: pipeline.topic,
      partitions: [{ partition: 0, offset: String(offset + 40) }],
    });
    await admin.disconnect();
    this.#lost = 40;
    await this.#resume();
    await waitFor(async () => (await pipeline.partitionState(0)).status === 'halted', 60_000);
    await pipeline.post('/pipeline/accept-gap', { partition: 0 });
    await this.#settled();
  }

  async replays(): Promise<void> {
    const { pipeline } = this;
    const over = (id: string, status: string) =>
      waitFor(async () => (await pipeline.get<{ status: string }>(`/replays/${id}`)).status === status, 90_000);
    const run = async (body: object) => over((await pipeline.post('/replays', body)).id, 'done');
    await run({ mode: 'repair', dry_run: true });
    await run({ mode: 'shadow', rules: { anomaly_threshold: 1, warn: 90 } });
    await run({ mode: 'rescore' });
    const { id } = await pipeline.post('/replays', { mode: 'repair', records_per_second: 150 });
    await over(id, 'running');
    await pipeline.post(`/replays/${id}/pause`, { reason: 'recording' });
    await over(id, 'paused');
    await pipeline.post(`/replays/${id}/resume`);
    await over(id, 'running');
    await pipeline.post(`/replays/${id}/cancel`);
    await over(id, 'cancelled');
    await pipeline.post(`/replays/${id}/resume`);
    await over(id, 'done');
    await this.#signal('replay', { mode: 'repair', dryRun: true, requestId: 'by-signal' });
    await waitFor(async () => {
      const { replays } = await pipeline.get<{ replays: { status: string }[] }>('/replays');
      return replays.length === 5 && replays.every(({ status }) => status === 'done');
    }, 60_000);
  }

  async audits(): Promise<void> {
    for (const scope of [{}, { partitions: [1], from: '10', to: '50' }]) {
      const { url } = await this.pipeline.post('/pipeline/audit', scope);
      await waitFor(async () => (await this.pipeline.get<{ status: string }>(url)).status === 'done', 60_000);
    }
  }

  /** Letters that are refused again, and one whose body was edited. */
  async redrives(): Promise<void> {
    const { pipeline } = this;
    const done = (operation: string) =>
      waitFor(async () => {
        return (await pipeline.get<{ state: string }>(`/pipeline/redrives/${operation}`)).state === 'done';
      }, 60_000);
    await done((await pipeline.post('/pipeline/dead-letters/redrive', { all: true })).operation);
    const { letters } = await pipeline.get<{ letters: { id: string }[] }>('/pipeline/dead-letters?size=1');
    const body = { timestamp: '2026-11-24T11:59:59.000Z', service: 'auth', level: 'info', message: 'edited' };
    const path = `/pipeline/dead-letters/${letters[0]!.id}/redrive`;
    await done((await pipeline.post(path, { body })).operation);
  }

  async retention(): Promise<void> {
    for (const dry_run of [true, false]) {
      const { url } = await this.pipeline.post('/retention/runs', { dry_run });
      await waitFor(async () => (await this.pipeline.get<{ status: string }>(url)).status === 'done', 60_000);
    }
  }

  /** One that comes to its end; and, of orders that nobody can find, one that fails behind a pause and one that is cancelled. */
  async exports(): Promise<void> {
    const { pipeline } = this;
    const { url } = await pipeline.post('/logs/exports', { filter: { level: ['error', 'warn'] }, format: 'csv' });
    await waitFor(async () => (await pipeline.get<{ status: string }>(url)).status === 'done', 60_000);
    const begin = (id: string, signal: string) =>
      pipeline.temporal.workflow.signalWithStart(EXPORT_WORKFLOW, {
        ...{ workflowId: exportWorkflowId(pipeline.topic, id), taskQueue: pipeline.topic },
        ...{ args: [{ topic: pipeline.topic, id }], signal, signalArgs: [] },
      });
    const failing = await begin('r-00000000000000000001', 'pause');
    await waitFor(async () => (await failing.query<{ status: string }>('state')).status === 'paused', 60_000);
    await failing.signal('resume');
    await failing.result().catch(() => undefined);
    await (await begin('r-00000000000000000002', 'cancel')).result();
  }

  /** Half of them to each partition; some bad ones, and a tombstone. */
  async #produce(count: number): Promise<void> {
    const good = generatedMessages(count - BAD - 2, this.#produced + 1);
    const bad = Array.from({ length: BAD }, (_, n) => ({ key: 'bad', value: `no json ${n}` }));
    const none = Array.from({ length: 2 }, () => ({ key: 'none', value: null }));
    const all = [...good, ...bad, ...none].map((one, n) => ({ ...one, partition: n % 2 }));
    this.#produced += count;
    await this.pipeline.produce(all);
  }

  async #settled(): Promise<void> {
    const ledger = await this.pipeline.settled(this.#produced, 2, 90_000);
    if (ledger['lostUpstream'] !== this.#lost) throw new Error(`lost: ${JSON.stringify(ledger)}`);
  }

  async #reaches(status: string): Promise<void> {
    await waitFor(async () => {
      const states = await Promise.all([0, 1].map((partition) => this.pipeline.partitionState(partition)));
      return states.every((state) => state.status === status);
    }, 60_000);
  }

  #resume(): Promise<unknown> {
    return this.pipeline.post('/pipeline/resume');
  }

  #signal(name: string, argument?: unknown): Promise<void> {
    const supervisor = this.pipeline.temporal.workflow.getHandle(supervisorWorkflowId(this.pipeline.topic));
    return supervisor.signal(name, argument);
  }
}
