import { createTemporalRedrives } from '../../src/api/dead-letters/temporal-redrives';
import { partitionView } from '../../src/api/pipeline/partition-view';
import { createTemporalAudits } from '../../src/api/pipeline/temporal-audits';
import { createTemporalWorkflows } from '../../src/api/pipeline/temporal-workflows';
import type { PipelineView } from '../../src/api/schemas/pipeline';
import { createTemporalReplays } from '../../src/api/replays/temporal-replays';
import { createTemporalRetention } from '../../src/api/retention/temporal-retention';
import { AUDIT_WORKFLOW_TYPE, auditWorkflowId } from '../../src/domain/audit';
import { RETENTION_WORKFLOW, retentionWorkflowId } from '../../src/domain/expiry';
import { REDRIVE_WORKFLOW, redriveWorkflowId } from '../../src/domain/redrive';
import { REPLAY_WORKFLOW, replayWorkflowId } from '../../src/domain/replay';
import { createReplayRuns } from '../../src/workers/replay-runs';
import { partitionWorkflowId, SIGNALS, supervisorWorkflowId } from '../../src/workflows/contract';
import { generatedMessages } from '../support/log-records';
import { TestPipeline } from '../support/pipeline';
import { openOperationsApi, sluice } from '../support/sluice-command';
import { temporal } from '../support/temporal-cli';
import { waitFor } from '../support/wait-for';

async function listed(query: string) {
  const list = JSON.parse(await temporal('workflow', 'list', '--query', query, '--output', 'json')) as {
    execution: { workflowId: string };
    type: { name: string };
    status: string;
  }[];
  return list.map(({ execution, type, status }) => ({ id: execution.workflowId, type: type.name, status }));
}

async function found(query: string): Promise<string[]> {
  const open = (await listed(query)).filter(({ status }) => status === 'WORKFLOW_EXECUTION_STATUS_RUNNING');
  return open.map(({ id }) => id).sort();
}

/** The partition as GET /pipeline shows it, its offsets aside. */
async function shown(pipeline: TestPipeline, partition: number) {
  const reading = await createTemporalWorkflows(pipeline.temporal).partition(
    pipeline.topic,
    partition,
    Date.now() + 5000,
  );
  return partitionView({ partition, reading, workflowId: '', workflowUrl: '' });
}

/** PENDING_ACTIVITY_STATE_PAUSED. */
const PAUSED = 4;

describe('the pipeline in Temporal’s own tools', () => {
  const pipeline = new TestPipeline({ KAFKA_PARTITIONS: '2', CONTINUE_AS_NEW_BATCHES: '1' });
  const { topic } = pipeline;
  const [first, second] = [0, 1].map((partition) => partitionWorkflowId(topic, partition)) as [string, string];
  const becomes = (query: string, ids: string[]) =>
    waitFor(async () => (await found(`SluiceTopic="${topic}" AND ${query}`)).join() === ids.join(), 30_000);

  beforeAll(async () => {
    await pipeline.createTopic(2);
    pipeline.startWorker();
    await waitFor(async () => (await pipeline.supervisorState()).partitions.length === 2, 60_000);
  }, 90_000);
  afterAll(() => pipeline.close(), 60_000);

  test('workflows are found by topic, partition and state, also after a continue-as-new', async () => {
    await becomes('SluiceState="running"', [first, second]);
    await becomes('SluicePartition=1', [second]);
    await becomes('WorkflowType="superviseTopic"', [supervisorWorkflowId(topic)]);
    const { runId } = await pipeline.temporal.workflow.getHandle(first).describe();
    await pipeline.produce(generatedMessages(50).map((message) => ({ ...message, partition: 0 })));
    await waitFor(async () => (await pipeline.temporal.workflow.getHandle(first).describe()).runId !== runId);
    await becomes('SluiceState="running"', [first, second]);
  }, 90_000);

  test('audits, redrives, replays and retention runs are found by topic too, whatever became of them', async () => {
    const { temporal: client } = pipeline;
    await createTemporalAudits(client, topic).start(topic, 'a1', {});
    await createTemporalRetention(client, topic).start(topic, 'r1', true);
    // What they are to do is not there: they end by themselves.
    await createTemporalRedrives(client, topic).start(topic, `${topic}-d1`);
    await createTemporalReplays(client, topic).start(topic, 'p1');
    const runs = createReplayRuns(client, { committed: async () => new Map() }, { groupId: topic, taskQueue: topic });
    await runs.start(topic, 'p2');
    const types = async () => (await listed(`SluiceTopic="${topic}"`)).map(({ id, type }) => `${type} ${id}`);
    const wanted = [
      `${AUDIT_WORKFLOW_TYPE} ${auditWorkflowId(topic, 'a1')}`,
      `${RETENTION_WORKFLOW} ${retentionWorkflowId(topic, 'r1')}`,
      `${REDRIVE_WORKFLOW} ${redriveWorkflowId(`${topic}-d1`)}`,
      ...['p1', 'p2'].map((id) => `${REPLAY_WORKFLOW} ${replayWorkflowId(topic, id)}`),
    ];
    await waitFor(async () => {
      const there = await types();
      return wanted.every((one) => there.includes(one));
    });
    for (const id of ['p1', 'p2']) await client.workflow.getHandle(replayWorkflowId(topic, id)).terminate();
  }, 60_000);

  test('an activity and a workflow that Temporal itself has paused are shown as suspended, stand, and go on when unpaused', async () => {
    const about = ['--workflow-id', first];
    const pulls = async () =>
      ((await pipeline.temporal.workflow.getHandle(first).describe()).raw.pendingActivities ?? []).filter(
        ({ activityType }) => activityType?.name === 'pullBatch',
      );
    const produce = () => pipeline.produce(generatedMessages(20).map((message) => ({ ...message, partition: 0 })));
    const before = await pipeline.countDocuments();
    const activityId = await waitFor(async () => (await pulls())[0]?.activityId ?? undefined);
    await temporal('activity', 'pause', ...about, '--activity-id', activityId, '--reason', 'looking');
    await waitFor(async () => (await shown(pipeline, 0)).state === 'suspended: pullBatch, looking');
    expect((await shown(pipeline, 0)).temporal_pause).toMatchObject({ activity_id: activityId, reason: 'looking' });
    // The pull that waits is told with a heartbeat; from then on none is under way.
    await waitFor(async () => Number((await pulls())[0]?.state) === PAUSED, 20_000);
    await produce();
    await temporal('activity', 'unpause', ...about, '--activity-id', activityId);
    await waitFor(async () => (await pipeline.countDocuments()) === before + 20, 20_000);
    expect((await shown(pipeline, 0)).state).toBe('running');
    await temporal('workflow', 'pause', ...about, '--reason', 'looking');
    await waitFor(async () => (await shown(pipeline, 0)).state === 'suspended: workflow, looking');
    await produce();
    await temporal('workflow', 'unpause', ...about);
    await waitFor(async () => (await pipeline.countDocuments()) === before + 40, 20_000);
    expect((await shown(pipeline, 0)).state).toBe('running');
  }, 90_000);

  test('a supervisor that Temporal itself has paused is shown as suspended; orders wait and say what ends it', async () => {
    const supervisor = supervisorWorkflowId(topic);
    const api = await openOperationsApi(pipeline);
    try {
      await temporal('workflow', 'pause', '--workflow-id', supervisor, '--reason', 'looking');
      const view = async () => (await (await fetch(`${api.url}/pipeline`)).json()) as PipelineView;
      await waitFor(async () => (await view()).state === 'suspended');
      expect((await view()).temporal_pause).toMatchObject({ of: 'workflow', reason: 'looking' });
      expect(await sluice(api.url, ['status'])).toContain(`temporal workflow unpause --workflow-id ${supervisor}`);
      const said = await sluice(api.url, ['drain', '--reason', 'nobody hears it', '--request-id', 's1']);
      expect(said).toContain(`temporal workflow unpause --workflow-id ${supervisor}`);
      // Partitions go on, and have an ear of their own.
      const before = await pipeline.countDocuments();
      await pipeline.produce(generatedMessages(20).map((message) => ({ ...message, partition: 0 })));
      await waitFor(async () => (await pipeline.countDocuments()) === before + 20, 20_000);
      await temporal('workflow', 'signal', '--workflow-id', second, '--name', SIGNALS.pause);
      await becomes('SluiceState="paused"', [second]);
      await temporal('workflow', 'signal', '--workflow-id', second, '--name', SIGNALS.resume);
      await temporal('workflow', 'unpause', '--workflow-id', supervisor);
      await becomes('SluiceState="paused"', [first, second]);
      expect((await pipeline.partitionState(0)).hold).toMatchObject({ kind: 'drain', reason: 'nobody hears it' });
      // What was left came once.
      expect(await sluice(api.url, ['drain', '--request-id', 's1'])).toContain('taken before');
      await sluice(api.url, ['resume', '--wait']);
    } finally {
      await api.close();
    }
  }, 120_000);

  test('one that is paused, and one that halts, are found as such', async () => {
    await temporal('workflow', 'signal', '--workflow-id', second, '--name', SIGNALS.pause);
    await becomes('SluiceState="paused"', [second]);
    // A worker that stays would have read on into its memory, and nothing would be lost.
    for (const worker of pipeline.runningWorkers()) await pipeline.killWorker(worker);
    await pipeline.produce(generatedMessages(50).map((message) => ({ ...message, partition: 1 })));
    const admin = pipeline.kafka.admin();
    await admin.connect();
    // kafkajs finds the partition's leader only in metadata that it has asked for.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: '20' }] });
    await admin.disconnect();
    pipeline.startWorker();
    await temporal('workflow', 'signal', '--workflow-id', second, '--name', SIGNALS.resume);
    await becomes('SluiceState="halted"', [second]);
    await becomes('SluiceState="paused"', []);
    expect((await pipeline.partitionState(1)).failure?.code).toBe('offset_out_of_range');
  }, 90_000);
});
