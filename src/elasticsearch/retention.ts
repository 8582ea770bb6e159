import type { Client } from '@elastic/elasticsearch';
import type { IndexRetention } from '../activities/ports';

/** Deletes day indices by exact name: what does not look like one of ours is never touched. */
export function createIndexRetention(client: Client, indexPrefix: string): IndexRetention {
  return {
    async deleteBefore(oldestDay) {
      const prefix = `${indexPrefix}-`;
      const found = await client.indices.get({ index: `${prefix}*`, allow_no_indices: true, filter_path: '*.aliases' });
      const expired = Object.keys(found).filter((name) => {
        const day = name.slice(prefix.length);
        return name.startsWith(prefix) && /^\d{4}\.\d\d\.\d\d$/.test(day) && day < oldestDay;
      });
      for (const index of expired) await client.indices.delete({ index, ignore_unavailable: true });
      return expired;
    },
  };
}
