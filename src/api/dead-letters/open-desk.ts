import type { Client as Elasticsearch } from '@elastic/elasticsearch';
import type { Client as Temporal } from '@temporalio/client';
import type { Config } from '../../config';
import { createDeadLetterSearch } from '../../elasticsearch/dead-letter-search';
import { createRedriveLetters } from '../../elasticsearch/redrive-letters';
import { createRedriveOrders } from '../../elasticsearch/redrive-orders';
import { createDecoder } from '../../kafka/decode-record';
import { createDecodeApart } from './decode-apart';
import type { DeadLetterDesk } from './ports';
import { createTemporalRedrives } from './temporal-redrives';

/** Dead letters and their redrives on the real servers. */
export function openDeadLetterDesk(config: Config, elasticsearch: Elasticsearch, temporal: Temporal): DeadLetterDesk {
  const { indexPrefix, retentionDays } = config.elasticsearch;
  const { formats } = config.kafka;
  return {
    search: createDeadLetterSearch(elasticsearch, { indexPrefix, queryTimeoutMs: config.api.queryTimeoutMs }),
    letters: createRedriveLetters(elasticsearch, { indexPrefix, now: () => new Date().toISOString() }),
    orders: createRedriveOrders(elasticsearch, { indexPrefix }),
    workflows: createTemporalRedrives(temporal, config.temporal.taskQueue),
    decode: createDecoder({ formats }),
    decodeApart: createDecodeApart({ formats }),
    retention: { retentionDays, oldestDay: config.kafka.oldestDay },
  };
}
