import type { Client as Elasticsearch } from '@elastic/elasticsearch';
import type { Client as Temporal } from '@temporalio/client';
import type { Config } from '../../config';
import { createDeadLetterSearch } from '../../elasticsearch/dead-letter-search';
import { createRedriveLetters } from '../../elasticsearch/redrive-letters';
import { createRedriveOrders } from '../../elasticsearch/redrive-orders';
import { createDecoder } from '../../kafka/decode-record';
import { withRedaction } from '../../redaction/redacting-decoder';
import { createRedactor } from '../../redaction/redactor';
import type { RedactionSettings } from '../../redaction/rules';
import { createDecodeApart } from './decode-apart';
import { verdictOf } from './decode-verdict';
import type { DeadLetterDesk } from './ports';
import { createTemporalRedrives } from './temporal-redrives';

/** Dead letters and their redrives on the real servers. */
export function openDeadLetterDesk(
  config: Config,
  redaction: RedactionSettings,
  elasticsearch: Elasticsearch,
  temporal: Temporal,
): DeadLetterDesk {
  const { indexPrefix, retentionDays } = config.elasticsearch;
  const { formats } = config.kafka;
  const redactor = createRedactor(redaction);
  const decode = withRedaction(createDecoder({ formats }), redactor);
  return {
    search: createDeadLetterSearch(elasticsearch, { indexPrefix, queryTimeoutMs: config.api.queryTimeoutMs }),
    letters: createRedriveLetters(elasticsearch, { indexPrefix, now: () => new Date().toISOString() }),
    orders: createRedriveOrders(elasticsearch, { indexPrefix }),
    workflows: createTemporalRedrives(temporal, config.temporal.taskQueue),
    decode: (record) => verdictOf(decode(record)),
    redact: (body) => redactor.bytes(body),
    decodeApart: createDecodeApart({ formats }),
    retention: { retentionDays, oldestDay: config.kafka.oldestDay },
  };
}
