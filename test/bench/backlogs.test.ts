import type { Client } from '@elastic/elasticsearch';
import { prepareRun } from '../../bench/full/backlogs';

test('a run by any name has an index prefix that Elasticsearch takes', async () => {
  const asked: string[] = [];
  const put = async ({ name }: { name: string }) => void asked.push(name);
  const client = { indices: { putIndexTemplate: put, putMapping: async () => undefined } } as unknown as Client;
  const run = await prepareRun(client, { topic: 'logs', partitions: 4, count: 10 }, 'plain loop-1', 'folder');
  expect(run).toMatchObject({
    indexPrefix: 'plain-loop-1',
    logFile: 'folder/plain-loop-1.log',
    topic: 'logs',
    count: 10,
  });
  expect(asked.join('')).not.toContain(' ');
});
