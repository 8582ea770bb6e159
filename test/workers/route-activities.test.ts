import { MockActivityEnvironment } from '@temporalio/testing';
import { createLogger } from '../../src/logger';
import { routeActivities, topicOfWorkflow } from '../../src/workers/route-activities';
import type { TopicRuntime, WorkerActivities } from '../../src/workers/topic-runtime';

const logger = createLogger('test', 'silent');

/** A topic that knows one hash of rules, and says which activity was called under which. */
function fakeTopic(topic: string, hash: string) {
  const activities = (rules?: string) => {
    const step = (name: string) => async (input?: unknown) => [topic, rules === hash ? rules : 'in force', name, input];
    return {
      pullBatch: step('pullBatch'),
      commitOffset: step('commitOffset'),
      expireIndices: step('expireIndices'),
    } as unknown as WorkerActivities;
  };
  return { topic, knows: (rules: string) => rules === hash, activities } as unknown as TopicRuntime;
}

const [logs, edge] = [fakeTopic('logs', 'h1'), fakeTopic('edge', 'h2')];
const both = new Map([
  ['logs', logs],
  ['edge', edge],
]);

/** Calls an activity as the workflow of this id does. */
function call(
  topics: ReadonlyMap<string, TopicRuntime>,
  workflowId: string,
  name: keyof WorkerActivities,
  input?: object,
) {
  const unknown = jest.fn();
  const activities = routeActivities(topics, logger, unknown) as unknown as Record<
    string,
    (input?: object) => Promise<unknown>
  >;
  const environment = new MockActivityEnvironment({ workflowExecution: { workflowId, runId: 'r' } });
  return { unknown, result: environment.run(activities[name]!, input) };
}

describe('routeActivities', () => {
  test('an activity goes to the topic that its input names', async () => {
    const input = { topic: 'edge', partition: 0 };
    expect(await call(both, 'x', 'pullBatch', input).result).toEqual(['edge', 'in force', 'pullBatch', input]);
    const batch = { ref: { topic: 'logs' } };
    expect(await call(both, 'x', 'pullBatch', batch).result).toEqual(['logs', 'in force', 'pullBatch', batch]);
  });

  test('under the rules of its batch', async () => {
    const input = { ref: { topic: 'edge' }, epoch: { number: 1, rulesHash: 'h2' } };
    const { result, unknown } = call(both, 'x', 'pullBatch', input);
    expect(await result).toEqual(['edge', 'h2', 'pullBatch', input]);
    expect(unknown).not.toHaveBeenCalled();
  });

  test('rules of another topic are not known: the file is looked at', async () => {
    const input = { ref: { topic: 'edge' }, epoch: { number: 1, rulesHash: 'h1' } };
    const { result, unknown } = call(both, 'x', 'pullBatch', input);
    expect(await result).toEqual(['edge', 'in force', 'pullBatch', input]);
    expect(unknown).toHaveBeenCalledTimes(1);
  });

  test('else to the topic in the id of its workflow', async () => {
    expect(await call(both, 'ingest/edge/3', 'commitOffset', { partition: 3 }).result).toContain('edge');
    expect(await call(both, 'ingest/logs', 'expireIndices').result).toContain('logs');
  });

  test('else to the only one there is', async () => {
    expect(await call(new Map([['logs', logs]]), 'x', 'expireIndices').result).toContain('logs');
  });

  test.each([
    ['another topic', 'ingest/other/0', { topic: 'other' }],
    ['no topic', 'x', {}],
  ])('%s is refused, and waits for a worker that has it', async (_, workflowId, input) => {
    await expect(call(both, workflowId, 'pullBatch', input).result).rejects.toMatchObject({
      type: 'topic_not_served',
      nonRetryable: false,
      nextRetryDelay: 5000,
    });
  });
});

describe('topicOfWorkflow', () => {
  test.each([
    ['ingest/logs', 'logs'],
    ['ingest/logs.eu/12', 'logs.eu'],
    ['replay/logs/01J', 'logs'],
    ['retention/logs/hourly-2026-11-28T10:00:00Z', 'logs'],
    ['audit/logs/x', 'logs'],
    ['redrive/x', undefined],
    ['', undefined],
  ])('%s is of %s', (id, topic) => {
    expect(topicOfWorkflow(id)).toBe(topic);
  });
});
