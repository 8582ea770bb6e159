import type { Client } from '@elastic/elasticsearch';
import { createIndexMerge } from '../../src/elasticsearch/merge-past';
import { createIndexRetention } from '../../src/elasticsearch/retention';
import { waitForMerges } from './load';

/** Does to past days what the hourly retention run does, and waits until Elasticsearch is done with it. */
export async function mergeAsRetentionDoes(client: Client, indexPrefix: string): Promise<void> {
  // It would do so by itself, five minutes after the last write.
  await client.indices.flush({ index: `${indexPrefix}-*` });
  const days = await createIndexRetention(client, indexPrefix, 'logs').list();
  const indices = days.map(({ index }) => index);
  const merging = await createIndexMerge(client, indexPrefix).merge(indices);
  if (merging.length !== indices.length)
    throw new Error(`only ${merging.join(', ')} of ${indices.join(', ')} are merged`);
  await waitUntilWhole(client, indexPrefix, indices.length);
}

async function waitUntilWhole(client: Client, indexPrefix: string, shards: number): Promise<void> {
  for (let seconds = 0; seconds < 600; seconds += 1) {
    await waitForMerges(client);
    const { _all } = await client.indices.stats({ index: `${indexPrefix}-*`, metric: 'segments' });
    if (_all.primaries?.segments?.count === shards) return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error('Elasticsearch does not come to the end of its merges');
}
