import { imbalance } from '../../src/domain/ledger';
import {
  partitionWorkflowId,
  SIGNALS,
  supervisorWorkflowId,
  type PartitionState,
  type PartitionStatus,
} from '../../src/workflows/contract';
import { interrupt } from '../support/life-cycle';
import { generatedMessages } from '../support/log-records';
import { TestPipeline } from '../support/pipeline';
import { openOperationsApi, sluice, type OperationsApi } from '../support/sluice-command';
import { waitFor } from '../support/wait-for';

jest.setTimeout(240_000);

const message = (value: unknown) => ({ value: JSON.stringify(value), partition: 0 });

/** One partition that has lost records, or its topic, under a running worker; a person decides. */
describe('what needs a person', () => {
  const open: TestPipeline[] = [];
  const apis: OperationsApi[] = [];
  afterAll(async () => {
    await Promise.all(apis.map((api) => api.close()));
    await Promise.all(open.map((pipeline) => pipeline.close()));
  }, 60_000);

  /** The `sluice` command over a pipeline, as an operator has it. */
  async function commandOf(pipeline: TestPipeline): Promise<(...args: string[]) => Promise<string>> {
    const api = await openOperationsApi(pipeline);
    apis.push(api);
    return (...args) => sluice(api.url, args);
  }

  async function start(settings: Record<string, string> = {}): Promise<TestPipeline> {
    const pipeline = new TestPipeline(settings);
    open.push(pipeline);
    await pipeline.createTopic(1);
    await pipeline.produce(generatedMessages(2000).map((one) => ({ ...one, partition: 0 })));
    pipeline.startWorker();
    await settledAt(pipeline, 2000);
    return pipeline;
  }

  const settledAt = (pipeline: TestPipeline, next: number) => reaches(pipeline, (now) => now.ledger.next === `${next}`);

  const reaches = (pipeline: TestPipeline, wanted: (state: PartitionState) => boolean): Promise<PartitionState> =>
    waitFor(async () => {
      const state = await pipeline.partitionState(0).catch(() => undefined);
      return state && wanted(state) && state;
    }, 90_000);

  const withStatus = (pipeline: TestPipeline, status: PartitionStatus) =>
    reaches(pipeline, (now) => now.status === status && now.inFlight.length === 0);

  /** Has the partition stand still while Kafka deletes what comes before `offset`; 1,000 records come first. */
  async function deleteUnread(pipeline: TestPipeline, offset: number): Promise<void> {
    const handle = pipeline.temporal.workflow.getHandle(partitionWorkflowId(pipeline.topic, 0));
    await handle.signal(SIGNALS.pause);
    await withStatus(pipeline, 'paused');
    // A worker that stays would have read on into its memory, and nothing would be lost.
    for (const worker of pipeline.runningWorkers()) await pipeline.killWorker(worker);
    await pipeline.produce(generatedMessages(1000, 2).map((one) => ({ ...one, partition: 0 })));
    const admin = pipeline.kafka.admin();
    await admin.connect();
    // kafkajs finds the partition's leader only in metadata that it has asked for.
    await admin.fetchTopicOffsets(pipeline.topic);
    await admin.deleteTopicRecords({ topic: pipeline.topic, partitions: [{ partition: 0, offset: String(offset) }] });
    await admin.disconnect();
    pipeline.startWorker();
    await handle.signal(SIGNALS.resume);
  }

  test('records deleted unread: halts with the exact range, and goes on behind it when that is accepted', async () => {
    const pipeline = await start();
    await deleteUnread(pipeline, 2600);
    const halted = await withStatus(pipeline, 'halted');
    expect(halted.failure).toMatchObject({ code: 'offset_out_of_range', gap: { from: '2000', to: '2600' } });
    expect(halted.ledger.next).toBe('2000');

    const supervisor = pipeline.temporal.workflow.getHandle(supervisorWorkflowId(pipeline.topic));
    await supervisor.signal(SIGNALS.acceptGap, { partition: 0, to: '2600', actor: 'test' });
    const { ledger, lost } = await settledAt(pipeline, 3000);
    expect(ledger).toMatchObject({ indexed: 2400, lostUpstream: 600 });
    expect(imbalance(ledger)).toBe(0);
    expect(lost).toEqual([{ from: '2000', to: '2600', lost: 600, at: expect.any(String) }]);
    expect(await pipeline.countDocuments()).toBe(2400);

    await deleteUnread(pipeline, 3100);
    const before = await withStatus(pipeline, 'halted');
    const command = await commandOf(pipeline);
    expect(await command('status')).toContain('offset_out_of_range');
    // Less than is missing: it halts again, and nothing is given up.
    await command('accept-gap', '--partition', '0', '--to', '3050', '--reason', 'too little');
    const again = await reaches(pipeline, ({ failure }) => !!failure && failure.at !== before.failure!.at);
    expect(again).toMatchObject({ status: 'halted', ledger: { next: '3000' } });
    const accept = ['accept-gap', '--partition', '0', '--to', '3100', '--reason', 'seen', '--request-id', 'g1'];
    expect(await command(...accept)).toContain('accept-gap was taken');
    const after = await settledAt(pipeline, 4000);
    expect(after.ledger).toMatchObject({ indexed: 3300, lostUpstream: 700 });
    expect(imbalance(after.ledger)).toBe(0);
    expect(await command(...accept)).toContain('taken before');
    await expect(command('accept-gap', '--partition', '0')).rejects.toThrow('partition_not_halted');
  });

  test('records deleted unread, where the settings accept that: goes on by itself, and keeps the account', async () => {
    const pipeline = await start({ ON_GAP: 'accept' });
    await deleteUnread(pipeline, 2900);
    const { ledger } = await settledAt(pipeline, 3000);
    expect(ledger).toMatchObject({ indexed: 2100, lostUpstream: 900 });
    expect(await pipeline.countDocuments()).toBe(2100);
  });

  async function recreateTopic(pipeline: TestPipeline): Promise<void> {
    const admin = pipeline.kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [pipeline.topic] });
    await waitFor(async () => !(await admin.listTopics()).includes(pipeline.topic));
    await admin.disconnect();
    await waitFor(() => pipeline.createTopic(1).then(() => true), 30_000);
  }

  test('topic created anew: halts, and after a rebind reads it from its start beside the old documents', async () => {
    const pipeline = await start();
    await recreateTopic(pipeline);
    const levels = ['info', 'error'];
    const anew = Array.from({ length: 300 }, (_, n) =>
      message({ service: 'anew', level: levels[n % 2], message: `record ${n}` }),
    );
    await pipeline.produce(anew);
    const halted = await withStatus(pipeline, 'halted');
    expect(halted.failure?.code).toBe('topic_recreated');
    expect(await pipeline.countDocuments()).toBe(2000);

    await pipeline.temporal.workflow.getHandle(supervisorWorkflowId(pipeline.topic)).signal(SIGNALS.rebind);
    const rebound = await reaches(pipeline, (now) => now.generation === 2 && now.ledger.next === '300');
    expect(rebound).toMatchObject({ ledger: { first: '0', indexed: 300 } });
    expect(rebound.closed).toMatchObject([{ generation: 1, ledger: { next: '2000', indexed: 2000 } }]);
    const documents = await pipeline.allDocuments();
    expect(documents).toHaveLength(2300);
    expect(documents.filter(({ id }) => id.startsWith('02-0000-'))).toHaveLength(300);
    // The mirror of the new topic carries both accounts: a lost Temporal database changes nothing.
    await waitFor(async () => (await pipeline.partitionState(0)).committed === '300', 30_000);
    // Until another run is there: one that has ended still answers.
    await interrupt(pipeline, partitionWorkflowId(pipeline.topic, 0), 'terminate');
    const again = await reaches(pipeline, (now) => now.generation === 2 && now.ledger.next === '300');
    expect(again.closed).toEqual(rebound.closed);
    expect(again.status).toBe('running');

    await recreateTopic(pipeline);
    await pipeline.produce(anew.slice(0, 50));
    expect((await withStatus(pipeline, 'halted')).failure?.code).toBe('topic_recreated');
    const command = await commandOf(pipeline);
    expect(await command('rebind', '--reason', 'made anew', '--wait')).toContain('rebind was taken');
    const third = await reaches(pipeline, (now) => now.generation === 3 && now.ledger.next === '50');
    expect(third.closed?.map(({ generation }) => generation)).toEqual([1, 2]);
    expect(await pipeline.countDocuments()).toBe(2350);
  });
});
