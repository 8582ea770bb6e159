import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { createLogger } from '../../src/logger';
import { keepPipeline } from '../../src/workers/keep-pipeline';
import { waitFor } from '../support/wait-for';

const logger = createLogger('test', 'silent');

/** A client whose supervisor answers as told: a status, gone, or no answer. */
function fakeClient(answer: () => string) {
  const asked: string[] = [];
  const describe = async () => {
    const status = answer();
    if (status === 'gone') throw new WorkflowNotFoundError('no such workflow', 'id', undefined);
    if (status === 'away') throw new Error('unavailable');
    return { status: { name: status } };
  };
  const client = {
    withDeadline: async (_deadline: number, run: () => Promise<unknown>) => run(),
    workflow: {
      getHandle(id: string) {
        asked.push(id);
        return { describe };
      },
    },
  };
  return { client: client as unknown as Client, asked };
}

async function keepWhile(answers: string[], looks: number): Promise<number> {
  let started = 0;
  const stopping = new AbortController();
  const { client, asked } = fakeClient(() => answers.shift() ?? 'RUNNING');
  const start = async () => {
    started += 1;
    if (started === 1) throw new Error('kafka is away');
  };
  const kept = keepPipeline(client, 'logs', start, logger, stopping.signal, 5);
  await waitFor(async () => asked.length >= looks);
  stopping.abort();
  await kept;
  expect(new Set(asked)).toEqual(new Set(['ingest/logs']));
  return started;
}

describe('a worker keeps the supervisor running', () => {
  test('one that runs is left alone, and so is one that cannot be looked at', async () => {
    expect(await keepWhile(['RUNNING', 'away', 'RUNNING'], 5)).toBe(0);
  });

  test('one that is gone or was terminated is started, again if that failed', async () => {
    expect(await keepWhile(['gone', 'gone', 'RUNNING', 'TERMINATED'], 6)).toBe(3);
  });

  test('nothing is asked once the worker stops', async () => {
    const { client, asked } = fakeClient(() => 'gone');
    await keepPipeline(client, 'logs', async () => undefined, logger, AbortSignal.abort(), 1);
    expect(asked).toEqual([]);
  });
});
