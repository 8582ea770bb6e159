import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { createTemporalWorkflows } from '../../src/api/pipeline/temporal-workflows';
import { partitionState, silence } from './fakes';

interface Handle {
  describe: () => Promise<object>;
  query?: (name: string) => Promise<unknown>;
  signal?: (name: string, note: object) => Promise<void>;
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

describe('signalling the supervisor', () => {
  it('sends the note along', async () => {
    const sent: unknown[] = [];
    const { client, ids } = clientOf({ describe: described('RUNNING'), signal: async (...all) => void sent.push(all) });
    expect(await createTemporalWorkflows(client).signal('logs', 'pause', { reason: 'x' })).toBe(true);
    expect(sent).toEqual([['pause', { reason: 'x' }]]);
    expect(ids).toEqual(['ingest/logs']);
  });

  it('is false when there is no such workflow, and throws what else goes wrong', async () => {
    const missing = createTemporalWorkflows(clientOf({ describe: notFound, signal: notFound }).client);
    expect(await missing.signal('logs', 'pause', {})).toBe(false);
    const down = clientOf({ describe: notFound, signal: () => Promise.reject(new Error('14 UNAVAILABLE')) });
    await expect(createTemporalWorkflows(down.client).signal('logs', 'pause', {})).rejects.toThrow('UNAVAILABLE');
  });
});
