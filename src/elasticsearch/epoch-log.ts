import { errors, type Client } from '@elastic/elasticsearch';
import type { EpochLog } from '../activities/record-epochs';
import { epochIndex, type EpochRecord } from '../domain/epoch-record';
import { TEMPLATE_PRIORITY, type TemplateSettings } from './index-template';
import { asPipelineError } from './send-bulk';

/** Records of one answer. */
const MAX_RECORDS = 1000;

/** What the epochs were made with, in one small index of its own that is never deleted. */
export function createEpochLog(client: Client, { indexPrefix }: { indexPrefix: string }): EpochLog {
  const index = epochIndex(indexPrefix);
  return {
    async write(record) {
      // A number that was given twice, as after the loss of everything, has a record for each of its configurations.
      const id = `${record.epoch}-${record.rulesHash}`;
      await client.create({ index, id, document: record }, { maxRetries: 0 }).catch((error: unknown) => {
        if (!isStatus(error, 409)) throw asPipelineError(error, 'record of the epoch');
      });
    },
    async list() {
      const sort = [{ epoch: 'desc' as const }, { recordedAt: 'desc' as const }];
      try {
        const answer = await client.search<EpochRecord>({ index, size: MAX_RECORDS, sort }, { maxRetries: 0 });
        return answer.hits.hits.map(({ _source }) => _source!);
      } catch (error) {
        if (isStatus(error, 404)) return [];
        throw asPipelineError(error, 'records of the epochs');
      }
    },
  };
}

function isStatus(error: unknown, status: number): boolean {
  return error instanceof errors.ResponseError && error.statusCode === status;
}

/** The template of the index of these records. */
export function epochTemplate({ indexPrefix, replicas }: TemplateSettings) {
  return {
    index_patterns: [epochIndex(indexPrefix)],
    priority: TEMPLATE_PRIORITY,
    template: {
      settings: { index: { number_of_shards: 1, number_of_replicas: replicas } },
      mappings: {
        dynamic: false as const,
        properties: { epoch: { type: 'long' as const }, recordedAt: { type: 'date' as const } },
      },
    },
    _meta: { managed_by: 'sluice' },
  };
}
