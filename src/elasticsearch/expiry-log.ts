import { errors, type Client } from '@elastic/elasticsearch';
import type { ExpiryLog } from '../activities/retention-ports';
import { expiryIndex, type ExpiredIndex } from '../domain/expiry';
import { TEMPLATE_PRIORITY, type TemplateSettings } from './index-template';
import { asPipelineError } from './send-bulk';

/** Records of one answer, two a day: those of thirteen years. */
const MAX_RECORDS = 10_000;

/** The records of what was deleted for its age, in one small index of its own that is never deleted. */
export function createExpiryLog(client: Client, { indexPrefix }: { indexPrefix: string }): ExpiryLog {
  const index = expiryIndex(indexPrefix);
  return {
    async write(expired) {
      const id = `${expired.index} ${expired.uuid}`;
      await client.index({ index, id, document: expired, refresh: true }, { maxRetries: 0 }).catch(failed);
    },
    async list(days) {
      try {
        const sort = [{ expiredAt: 'desc' as const }, { day: 'desc' as const }];
        const query = days ? { terms: { day: [...days] } } : { match_all: {} };
        const answer = await client.search<ExpiredIndex>({ index, query, size: MAX_RECORDS, sort }, { maxRetries: 0 });
        return answer.hits.hits.map(({ _source }) => _source!);
      } catch (error) {
        if (error instanceof errors.ResponseError && error.statusCode === 404) return [];
        return failed(error);
      }
    },
  };
}

function failed(error: unknown): never {
  throw asPipelineError(error, 'record of the retention');
}

/** The template of the index of these records: they are read whole, in order of time. */
export function expiryTemplate({ indexPrefix, replicas }: TemplateSettings) {
  return {
    index_patterns: [expiryIndex(indexPrefix)],
    priority: TEMPLATE_PRIORITY,
    template: {
      settings: { index: { number_of_shards: 1, number_of_replicas: replicas } },
      mappings: {
        dynamic: false as const,
        properties: { expiredAt: { type: 'date' as const }, day: { type: 'keyword' as const } },
      },
    },
    _meta: { managed_by: 'sluice' },
  };
}
