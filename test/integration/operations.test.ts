import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import supertest from 'supertest';
import { createTemporalWorkflows } from '../../src/api/pipeline/temporal-workflows';
import { imbalance } from '../../src/domain/ledger';
import { createOffsetReader } from '../../src/kafka/offsets';
import { partitionWorkflowId, QUERIES, supervisorWorkflowId, type PartitionState } from '../../src/workflows/contract';
import { createTestApp } from '../api/fakes';
import { generatedMessages } from '../support/log-records';
import { TestPipeline } from '../support/pipeline';
import { eventsAfterOrder, eventsSince, handsOn } from '../support/read-history';
import { openOperationsApi, sluice, type OperationsApi } from '../support/sluice-command';
import { untilRunning } from '../support/life-cycle';
import { waitFor } from '../support/wait-for';
import { workflowBundle } from '../support/workflow-environment';

const run = promisify(execFile);
const PARTITIONS = [0, 1, 2, 3];

/** The real `temporal` binary, as an operator would use it. */
async function temporal(...args: string[]): Promise<void> {
  await run(process.env['SLUICE_TEMPORAL_CLI']!, [...args, '--address', process.env['SLUICE_TEST_TEMPORAL_ADDRESS']!]);
}

describe('messages to the running pipeline, by signal, by REST and by sluice, under load', () => {
  const pipeline = new TestPipeline();
  const offsets = createOffsetReader(pipeline.kafka);
  const { topic } = pipeline;
  const settings = { topic, groupId: topic, partitions: 4, namespace: 'default', uiUrl: 'http://ui', corsOrigins: [] };
  const workflows = createTemporalWorkflows(pipeline.temporal, PARTITIONS.length);
  const api = supertest(createTestApp({ settings, workflows, offsets }).callback());
  let producing = true;
  let load: Promise<void>;
  let operations: OperationsApi;

  const signal = (name: string, input: object = {}, id = supervisorWorkflowId(topic)) =>
    temporal('workflow', 'signal', '--workflow-id', id, '--name', name, '--input', JSON.stringify(input));
  const post = (name: string, body: object = {}) => api.post(`/pipeline/${name}`).send(body);
  const states = () => Promise.all(PARTITIONS.map((partition) => pipeline.partitionState(partition)));
  /** Sends an order until all have acknowledged it: a busy machine takes longer than REST and the supervisor wait. */
  const order = (name: string, body: object = {}) => {
    const request = { request_id: randomUUID(), ...body };
    return waitFor(async () => {
      const answer = await post(name, request);
      expect([200, 202]).toContain(answer.status);
      const taken = answer.body as { partitions: { partition: number; status: string }[] };
      return answer.status === 200 && taken.partitions.every(({ status }) => status !== 'unreachable') && taken;
    }, 60_000);
  };
  const all = (test: (state: PartitionState) => boolean, ms = 30_000) =>
    waitFor(async () => {
      const now = await states();
      return now.every(test) && now;
    }, ms);
  const ends = async () => new Map([...(await offsets.ends(topic))].map(([partition, { high }]) => [partition, high]));
  const next = ({ ledger }: PartitionState) => Number(ledger.next);

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    operations = await openOperationsApi(pipeline);
    pipeline.startWorker();
    await waitFor(() => offsets.partitions(topic), 60_000);
    load = (async () => {
      for (let seed = 1; producing; seed += 1) {
        await pipeline.produce(generatedMessages(200, seed));
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    })();
    await all((state) => next(state) > 0, 60_000);
  }, 120_000);

  afterAll(async () => {
    producing = false;
    await load;
    await operations.close();
    await offsets.close();
    await pipeline.close();
  }, 60_000);

  test('pause by REST is acknowledged by every partition, and nothing is handed on from then; resume by signal', async () => {
    const orderedAt = Date.now();
    const { partitions } = await order('pause', { reason: 'maintenance', request_id: 'p1' });
    expect(partitions.map(({ partition }) => partition)).toEqual(PARTITIONS);
    for (const { status } of partitions) expect(status).toMatch(/^paus(ing|ed)$/);
    const reach = (await states()).map((state) => Number(state.inFlight.at(-1)?.to ?? state.ledger.next));
    const paused = await all(({ status }) => status === 'paused', 15_000);
    for (const [partition, state] of paused.entries()) expect(next(state)).toBeLessThanOrEqual(reach[partition]!);
    const count = await pipeline.countDocuments();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await pipeline.countDocuments()).toBe(count);
    for (const partition of PARTITIONS) {
      const events = await eventsSince(pipeline, partitionWorkflowId(topic, partition), orderedAt);
      const after = eventsAfterOrder(events);
      expect(after).not.toHaveLength(0);
      expect(after.filter(handsOn)).toEqual([]);
    }
    expect(await order('pause', { request_id: 'p1' })).toMatchObject({ duplicate: true });
    await signal('resume');
    await all((state) => next(state) > next(paused[state.partition]!));
  }, 180_000);

  test('drain by signal works off what was there; one partition stops at an offset by REST and by signal', async () => {
    const before = await ends();
    await signal('drain', { reason: 'upgrade' });
    const drained = await all(({ status, hold }) => status === 'paused' && hold?.kind === 'drain');
    for (const state of drained) expect(next(state)).toBeGreaterThanOrEqual(before.get(state.partition)!);
    // Ordered while they stand: what is being read when an order comes may lie behind the offset.
    const [first, second] = [next(drained[1]!) + 300, next(drained[2]!) + 300].map(String);
    await order('stop-at', { partition: 1, offset: first });
    await signal('stop-at', { offset: second }, partitionWorkflowId(topic, 2));
    await order('resume');
    const stopped = await waitFor(async () => {
      const now = await states();
      return now[1]!.status === 'paused' && now[2]!.status === 'paused' && now;
    }, 30_000);
    expect(stopped.slice(1, 3).map(({ ledger }) => ledger.next)).toEqual([first, second]);
    expect(stopped[0]!.status).not.toBe('paused');
    await order('drain', { partition: 1 });
    await waitFor(async () => (await post('pause', { partition: 9 })).status === 404);
    await waitFor(async () => (await post('accept-gap')).status === 409);
    await order('resume', { partition: 1 });
    await signal('resume', {}, partitionWorkflowId(topic, 2));
    await all((state) => next(state) > next(stopped[state.partition]!));
  }, 240_000);

  test('pause, resume, stop-at and drain by sluice: each waits for its effect, and says it', async () => {
    const command = (...args: string[]) => sluice(operations.url, [...args, '--reason', 'smoke']);
    const before = await states();
    expect(await command('pause', '--wait')).toMatch(/pause was (taken|left)[\s\S]*paused/);
    expect((await states()).map(({ status, hold }) => [status, hold?.reason])).toEqual(
      PARTITIONS.map(() => ['paused', 'smoke']),
    );
    const { messages, ledger } = (await states())[1]!;
    const offset = String(Number(ledger.next) + 100);
    await command('stop-at', '--partition', '1', '--offset', offset);
    await waitFor(async () => (await pipeline.partitionState(1)).messages.received > messages.received);
    await command('resume');
    await waitFor(async () => (await pipeline.partitionState(1)).ledger.next === offset, 60_000);
    await command('resume', '--partition', '1', '--wait');
    const reached = await ends();
    await command('drain', '--wait');
    for (const state of await states()) expect(next(state)).toBeGreaterThanOrEqual(reached.get(state.partition)!);
    await command('resume', '--wait');
    await all((state) => next(state) > next(before[state.partition]!));
  }, 240_000);

  test('what is paused stays so when its workflows are terminated', async () => {
    await order('pause', { reason: 'kept', actor: 'on-call' });
    await signal('pause', { reason: 'its own' }, partitionWorkflowId(topic, 3));
    await waitFor(async () => {
      const commits = [...(await offsets.committed(topic, topic)).values()];
      const kept = commits.filter(({ metadata }) => metadata.includes('"reason":"kept"'));
      return kept.length === 4 && commits.some(({ metadata }) => metadata.includes('its own'));
    }, 20_000);
    const ids = [supervisorWorkflowId(topic), ...PARTITIONS.map((one) => partitionWorkflowId(topic, one))];
    for (const id of ids) await temporal('workflow', 'terminate', '--workflow-id', id);
    await waitFor(async () => {
      const found = await Promise.all(ids.map((id) => pipeline.temporal.workflow.getHandle(id).describe()));
      return found.every(({ status }) => status.name === 'RUNNING');
    }, 40_000);
    const again = await all(({ status }) => status === 'paused');
    expect(again.map(({ pause }) => pause?.reason)).toEqual(['kept', 'kept', 'kept', 'its own']);
    expect(await pipeline.supervisorState()).toMatchObject({
      paused: true,
      note: { reason: 'kept', actor: 'on-call' },
    });
    await order('resume', { partition: 3 });
    await order('resume');
    await all((state) => state.status === 'running' && next(state) > next(again[state.partition]!));
  }, 240_000);

  test('a query that falls from a dead worker to the next one while a signal waits spoils no run', async () => {
    for (const worker of pipeline.runningWorkers()) await pipeline.killWorker(worker);
    await untilRunning(pipeline.startWorker());
    const handle = pipeline.temporal.workflow.getHandle(partitionWorkflowId(topic, 2));
    const asked = handle.query(QUERIES.state).catch((error: Error) => error.message);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await handle.signal('pause', { reason: 'while it is asked' });
    await asked;
    await all(({ partition, status }) => partition !== 2 || status === 'paused');
    await signal('resume', {}, partitionWorkflowId(topic, 2));
  }, 60_000);

  test('a pause without a worker is left for the next one, is followed once, and ends by itself', async () => {
    for (const worker of pipeline.runningWorkers()) await pipeline.killWorker(worker);
    const received = (await pipeline.temporal.workflow.getHandle(supervisorWorkflowId(topic)).describe()).runId;
    const { body } = await post('pause', { reason: 'nobody there', for_seconds: 5, request_id: 'n1' }).expect(202);
    expect(body).toMatchObject({ acknowledged: false, request_id: 'n1', partitions: [] });
    await post('pause', { reason: 'nobody there', for_seconds: 5, request_id: 'n1' }).expect(202);
    pipeline.startWorker();
    await waitFor(async () => {
      const state = await pipeline.supervisorState().catch(() => undefined);
      return (state?.messages.duplicates ?? 0) > 0 && state;
    }, 60_000);
    const { runId } = await pipeline.temporal.workflow.getHandle(supervisorWorkflowId(topic)).describe();
    expect(runId).toBe(received);
    await all(({ status }) => status === 'running', 40_000);
    expect((await pipeline.supervisorState()).paused).toBe(false);
  }, 120_000);

  test('every record has its fate exactly once after all that', async () => {
    producing = false;
    await load;
    const total = [...(await ends()).values()].reduce((sum, end) => sum + end, 0);
    await pipeline.settled(total);
    for (const { ledger } of await states()) expect(imbalance(ledger)).toBe(0);
    expect(await pipeline.countDocuments()).toBe(total);
  }, 90_000);

  test('every run replays after all that', async () => {
    const { workflow } = pipeline.temporal;
    const histories = workflow.list({ query: `TaskQueue = '${topic}'` }).intoHistories();
    let replayed = 0;
    for await (const { error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
      expect(error).toBeUndefined();
      replayed += 1;
    }
    expect(replayed).toBeGreaterThanOrEqual(10);
  }, 60_000);
});
