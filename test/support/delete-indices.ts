import type { Client } from '@elastic/elasticsearch';

/** Deletes every index and template of a prefix, by exact name: Elasticsearch refuses to delete by wildcard. */
export async function deleteIndices(client: Client, prefix: string): Promise<void> {
  const found = await client.indices.get({ index: `${prefix}-*`, expand_wildcards: 'all', allow_no_indices: true });
  for (const index of Object.keys(found)) await client.indices.delete({ index });
  await client.indices.deleteIndexTemplate({ name: `sluice-${prefix}` }, { ignore: [404] });
}
