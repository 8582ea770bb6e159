import type { Client } from '@elastic/elasticsearch';
import type { BulkPart } from '../src/activities/ports';
import { watchIndexing } from './indexing-rate';

/**
 * Sends ready-made bodies, `inFlight` at a time, and nothing else: what the same client, documents, ids and versions
 * reach when nobody reads, scores or keeps account. Gives documents per second.
 */
export async function runBareBulk(client: Client, parts: BulkPart[], index: string, inFlight: number): Promise<number> {
  const total = parts.reduce((sum, { offsets }) => sum + offsets.length, 0);
  const rate = watchIndexing(client, index, total);
  const queue = [...parts];
  const send = async () => {
    for (let part = queue.shift(); part; part = queue.shift()) {
      const { errors } = await client.transport.request<{ errors: boolean }>({
        method: 'POST',
        path: `/${index}/_bulk`,
        bulkBody: part.body,
        querystring: { filter_path: 'errors,items.*.status,items.*.error' },
      });
      if (errors) throw new Error(`a bare bulk request to ${index} was refused`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, send));
  return (await rate).rate;
}
