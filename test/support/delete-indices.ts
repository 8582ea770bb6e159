import type { Client } from '@elastic/elasticsearch';

/** Deletes every index and template of a prefix, by exact name: Elasticsearch refuses to delete by wildcard. */
export async function deleteIndices(client: Client, prefix: string): Promise<void> {
  const index = [`${prefix}-*`, `dead-letters-${prefix}-*`, `replays-${prefix}*`];
  const found = await client.indices.get({ index, expand_wildcards: 'all', allow_no_indices: true });
  for (const name of Object.keys(found)) await client.indices.delete({ index: name });
  for (const kind of ['', '-dead-letters', '-redrives', '-replays', '-expired', '-epochs']) {
    await client.indices.deleteIndexTemplate({ name: `sluice-${prefix}${kind}` }, { ignore: [404] });
  }
}
