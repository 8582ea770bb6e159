import { ApplicationFailure, WorkflowNotFoundError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { createTemporalWorkflows } from '../../src/api/pipeline/temporal-workflows';
import { partitionState, silence } from './fakes';

interface Handle {
  describe: () => Promise<object>;
  query?: (name: string) => Promise<unknown>;
  signal?: (name: string, note: object) => Promise<void>;
  executeUpdate?: (name: string, options: object) => Promise<unknown>;
}

/** The part of Temporal's client that is used, over one handle for all ids. */
function clientOf(handle: Handle): { client: Client; ids: string[] } {
  const ids: string[] = [];
  const getHandle = (id: string) => {
    ids.push(id);
    return { query: () => silence(), ...handle };
  };
  const withDeadline = (_: number, call: () => Promise<unknown>) => call();
  return { client: { workflow: { getHandle }, withDeadline } as unknown as Client, ids };
}

function described(status: string, pendingActivities: object[] = []) {
  return async () => ({ status: { name: status }, raw: { pendingActivities } });
}

const notFound = () => Promise.reject(new WorkflowNotFoundError('no such workflow', 'id', undefined));
const soon = () => Date.now() + 50;

describe('reading a partition workflow', () => {
  it('gives its own answer', async () => {
    const state = partitionState(3, 7);
    const { client, ids } = clientOf({ describe: described('RUNNING'), query: async () => state });
    expect(await createTemporalWorkflows(client).partition('logs', 3, soon())).toEqual({ execution: 'open', state });
    expect(ids).toEqual(['ingest/logs/3']);
  });

  it('gives what the server knows when no worker answers before the deadline', async () => {
    const { client } = clientOf({ describe: described('RUNNING') });
    const started = performance.now();
    expect(await createTemporalWorkflows(client).partition('logs', 0, soon())).toEqual({ execution: 'open' });
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('names the step that has failed most often, by the code of its failure', async () => {
    const pending = [
      { attempt: 1, lastFailure: null },
      { attempt: 2, lastFailure: { message: 'slow', applicationFailureInfo: { type: 'kafka_unavailable' } } },
      {
        attempt: 7,
        lastStartedTime: { seconds: { toString: () => '1764000000', valueOf: () => 1_764_000_000 }, nanos: 5_000_000 },
        lastFailure: { message: 'no answer', applicationFailureInfo: { type: 'elasticsearch_unavailable' } },
      },
    ];
    const { client } = clientOf({ describe: described('RUNNING', pending) });
    const { failing } = await createTemporalWorkflows(client).partition('logs', 0, soon());
    expect(failing).toEqual({
      code: 'elasticsearch_unavailable',
      message: 'no answer',
      attempt: 7,
      at: new Date(1_764_000_000_005).toISOString(),
    });
  });

  it('calls a step without a failure of ours a lost worker', async () => {
    const pending = [{ attempt: 2, lastFailure: { message: 'activity timeout', timeoutFailureInfo: {} } }];
    const { client } = clientOf({ describe: described('RUNNING', pending) });
    const { failing } = await createTemporalWorkflows(client).partition('logs', 0, soon());
    expect(failing).toMatchObject({ code: 'worker_lost', attempt: 2 });
  });

  it('says how a closed one ended', async () => {
    const { client } = clientOf({ describe: described('TERMINATED') });
    const reading = await createTemporalWorkflows(client).partition('logs', 0, soon());
    expect(reading).toMatchObject({ execution: 'closed', closedAs: 'terminated' });
  });

  it('says what Temporal itself has paused: the workflow, or one of its activities, by whom and why', async () => {
    const time = { seconds: 1_764_000_000, nanos: 0 };
    const since = new Date(1_764_000_000_000).toISOString();
    const pauseOf = async (describe: () => Promise<object>) =>
      (await createTemporalWorkflows(clientOf({ describe }).client).partition('logs', 0, soon())).temporalPause;
    const manual = { identity: 'ann@laptop', reason: 'looking' };
    const pulled = { activityId: '7', activityType: { name: 'pullBatch' } };
    expect(await pauseOf(described('RUNNING', [pulled]))).toBeUndefined();
    const paused = { ...pulled, paused: true, pauseInfo: { manual, pauseTime: time } };
    expect(await pauseOf(described('RUNNING', [{ activityId: '6' }, paused]))).toEqual({
      ...{ of: 'activity', activity: 'pullBatch', activityId: '7' },
      ...{ actor: 'ann@laptop', reason: 'looking', since },
    });
    expect(await pauseOf(described('TERMINATED', [paused]))).toBeUndefined();
    const workflowExtendedInfo = { pauseInfo: { ...manual, pausedTime: time } };
    const whole = async () => ({
      status: { name: 'PAUSED' },
      raw: { pendingActivities: [paused], workflowExtendedInfo },
    });
    expect(await pauseOf(whole)).toEqual({ of: 'workflow', actor: 'ann@laptop', reason: 'looking', since });
    const reading = await createTemporalWorkflows(clientOf({ describe: whole }).client).partition('logs', 0, soon());
    expect(reading.execution).toBe('open');
  });

  it('is missing when there is none, and unreachable when Temporal is silent', async () => {
    const workflows = (handle: Handle) => createTemporalWorkflows(clientOf(handle).client);
    expect(await workflows({ describe: notFound, query: notFound }).supervisor('logs', soon())).toEqual({
      execution: 'missing',
    });
    expect(await workflows({ describe: () => silence() }).supervisor('logs', soon())).toEqual({
      execution: 'unreachable',
    });
  });
});

describe('sending a message to the supervisor', () => {
  const message = { name: 'pause' as const, reason: 'x', requestId: 'r1' };
  const result = { requestId: 'r1', duplicate: false, partitions: [{ partition: 0, status: 'pausing' }] };
  const open = described('RUNNING');

  it('is an update, whose answer it gives', async () => {
    const sent: unknown[] = [];
    const executeUpdate = async (...all: unknown[]) => (sent.push(all), result);
    const { client, ids } = clientOf({ describe: open, executeUpdate });
    expect(await createTemporalWorkflows(client).send('logs', message)).toEqual({ kind: 'answered', result });
    expect(sent).toEqual([['pause', { args: [{ reason: 'x', requestId: 'r1' }] }]]);
    expect(ids).toEqual(['ingest/logs']);
  });

  it('tells the partitions of a pause at the same time, and gives what they say', async () => {
    const sent: unknown[] = [];
    const executeUpdate = async (name: string, options: object) => {
      sent.push([name, options]);
      if (name === 'stand-by') return { partition: 0, status: 'pausing' };
      return {
        ...result,
        partitions: [0, 1].map((partition) => ({ partition, status: partition ? 'paused' : 'told' })),
      };
    };
    const { client, ids } = clientOf({ describe: open, executeUpdate });
    const workflows = createTemporalWorkflows(client, 1);
    const delivery = await workflows.send('logs', message);
    const partitions = [
      { partition: 0, status: 'pausing' },
      { partition: 1, status: 'paused' },
    ];
    expect(delivery).toEqual({ kind: 'answered', result: { ...result, partitions } });
    expect(sent).toEqual([
      ['stand-by', { args: [{ requestId: 'r1', reason: 'x', actor: undefined }] }],
      ['pause', { args: [{ reason: 'x', requestId: 'r1', told: [0] }] }],
    ]);
    expect(ids).toEqual(['ingest/logs/0', 'ingest/logs']);
    // From then on it knows them all; another message is not told.
    await workflows.send('logs', { ...message, requestId: 'r2' });
    await workflows.send('logs', { ...message, name: 'drain', requestId: 'r3' });
    expect(ids.slice(2)).toEqual(['ingest/logs/0', 'ingest/logs/1', 'ingest/logs', 'ingest/logs']);
    await workflows.send('logs', { ...message, partition: 7, requestId: 'r4' });
    expect(ids.slice(6)).toEqual(['ingest/logs/7', 'ingest/logs']);
  });

  it('asks a supervisor of before, which does not know who was told, once more', async () => {
    const sent: unknown[] = [];
    const cause = ApplicationFailure.create({ type: 'invalid_message', message: 'a field it does not know' });
    const executeUpdate = async (name: string, options: object) => {
      if (name === 'stand-by') throw new WorkflowUpdateFailedError('no such update', undefined);
      sent.push(options);
      if (sent.length === 1) throw new WorkflowUpdateFailedError('refused', cause);
      return result;
    };
    const { client } = clientOf({ describe: open, executeUpdate });
    expect(await createTemporalWorkflows(client, 1).send('logs', message)).toEqual({ kind: 'answered', result });
    expect(sent[1]).toEqual({ args: [{ reason: 'x', requestId: 'r1' }] });
  });

  it('says which partition did not answer, and which is not there', async () => {
    const answers = { kind: 'answered', result: { ...result, partitions: [{ partition: 0, status: 'told' }] } };
    const executeUpdate = (standBy: () => Promise<never>) => async (name: string) =>
      name === 'stand-by' ? standBy() : answers.result;
    const told = async (standBy: () => Promise<never>) => {
      const { client } = clientOf({ describe: open, executeUpdate: executeUpdate(standBy) });
      const delivery = await createTemporalWorkflows(client, 1).send('logs', message);
      return delivery.kind === 'answered' && delivery.result.partitions;
    };
    expect(await told(() => silence())).toEqual([{ partition: 0, status: 'unreachable' }]);
    expect(await told(notFound)).toEqual([{ partition: 0, status: 'absent' }]);
  });

  it('leaves a signal with the same request id when no worker answers', async () => {
    const sent: unknown[] = [];
    const signal = async (...all: unknown[]) => void sent.push(all);
    const silent = clientOf({ describe: open, executeUpdate: () => silence(), signal });
    expect(await createTemporalWorkflows(silent.client).send('logs', message)).toEqual({ kind: 'left' });
    expect(sent).toEqual([['pause', { reason: 'x', requestId: 'r1' }]]);
  });

  it('says that it was left with a supervisor that Temporal has paused', async () => {
    const paused = async () => ({ status: { name: 'PAUSED' }, raw: {} });
    const { client } = clientOf({ describe: paused, executeUpdate: () => silence(), signal: async () => undefined });
    expect(await createTemporalWorkflows(client).send('logs', message)).toEqual({ kind: 'left', suspended: true });
  });

  it('passes on what the supervisor refuses', async () => {
    const cause = ApplicationFailure.create({
      type: 'unknown_partition',
      message: 'no partition 7',
      nonRetryable: true,
    });
    const executeUpdate = () => Promise.reject(new WorkflowUpdateFailedError('refused', cause));
    const { client } = clientOf({ describe: open, executeUpdate });
    const refused = { kind: 'refused', code: 'unknown_partition', message: 'no partition 7' };
    expect(await createTemporalWorkflows(client).send('logs', message)).toEqual(refused);
  });

  it('says when there is no such workflow, and throws what else goes wrong', async () => {
    const missing = clientOf({ describe: notFound, executeUpdate: notFound, signal: notFound });
    expect(await createTemporalWorkflows(missing.client).send('logs', message)).toEqual({ kind: 'missing' });
    const unavailable = () => Promise.reject(new Error('14 UNAVAILABLE'));
    const down = clientOf({ describe: notFound, executeUpdate: unavailable, signal: unavailable });
    await expect(createTemporalWorkflows(down.client).send('logs', message)).rejects.toThrow('UNAVAILABLE');
  });
});
