import type { Client } from '@elastic/elasticsearch';
import { PipelineError } from '../domain/errors';
import { toSearchError } from './search-errors';

/**
 * Says how the cluster is. By `_cluster/health`, since the embedded node answers neither info nor ping.
 *
 * @throws Error when it does not answer in time or has lost shards
 */
export async function checkElasticsearch(client: Client, timeoutMs: number): Promise<string> {
  const health = await client.cluster.health({}, { requestTimeout: timeoutMs }).catch((error: unknown) => {
    const told = toSearchError(error);
    throw told instanceof PipelineError && told.code === 'elasticsearch_denied' ? told : error;
  });
  const words = `cluster ${health.cluster_name} is ${health.status}, ${health.number_of_nodes} node(s)`;
  if (health.status === 'red') throw new Error(`${words}, ${health.unassigned_shards} shard(s) unassigned`);
  return words;
}
