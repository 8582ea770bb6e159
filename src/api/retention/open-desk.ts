import type { Client as Elasticsearch } from '@elastic/elasticsearch';
import type { Client as Temporal } from '@temporalio/client';
import type { Config } from '../../config';
import { letterIndexPrefix } from '../../domain/dead-letter';
import { createDiskWatch } from '../../elasticsearch/disk-watch';
import { createExpiryLog } from '../../elasticsearch/expiry-log';
import { createIndexRetention } from '../../elasticsearch/retention';
import { createDriftCheck } from '../../elasticsearch/template-drift';
import type { RetentionDesk } from './ports';
import { createTemporalRetention } from './temporal-retention';

/** Retention on the real servers. */
export function openRetentionDesk(config: Config, elasticsearch: Elasticsearch, temporal: Temporal): RetentionDesk {
  const { indexPrefix, retentionDays, deadLetterRetentionDays } = config.elasticsearch;
  return {
    logs: createIndexRetention(elasticsearch, indexPrefix, 'logs'),
    letters: createIndexRetention(elasticsearch, letterIndexPrefix(indexPrefix), 'dead_letters'),
    expired: createExpiryLog(elasticsearch, { indexPrefix }),
    drift: createDriftCheck(elasticsearch, config.elasticsearch),
    disks: createDiskWatch(elasticsearch),
    runs: createTemporalRetention(temporal, config.temporal.taskQueue),
    retentionDays,
    letterRetentionDays: deadLetterRetentionDays,
  };
}
