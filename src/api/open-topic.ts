import type { Client as Elasticsearch } from '@elastic/elasticsearch';
import type { Client as Temporal } from '@temporalio/client';
import type { Config } from '../config';
import { createLetterAccount } from '../elasticsearch/dead-letter-account';
import { createEpochLog } from '../elasticsearch/epoch-log';
import { createReplayStore } from '../elasticsearch/replay-store';
import { createLogSearch } from '../elasticsearch/search';
import { createTailSource } from '../elasticsearch/search-tail';
import type { RedactionSettings } from '../redaction/rules';
import { openDeadLetterDesk } from './dead-letters/open-desk';
import { createTemporalAudits } from './pipeline/temporal-audits';
import { createTemporalWorkflows } from './pipeline/temporal-workflows';
import { openExportDesk } from './exports/open-desk';
import type { AppDeps, TopicConfiguration } from './ports';
import { createTemporalReplays } from './replays/temporal-replays';
import { openRetentionDesk } from './retention/open-desk';

/** What of a configuration the API works with, read from it. */
export interface ReadConfiguration extends TopicConfiguration {
  redaction: RedactionSettings;
}

/** A topic as the API sees it, whose configuration may change. */
export interface ApiTopic {
  deps: Pick<
    AppDeps,
    | 'logs'
    | 'tail'
    | 'workflows'
    | 'audits'
    | 'replays'
    | 'letters'
    | 'deadLetters'
    | 'retention'
    | 'epochs'
    | 'longExports'
  >;
  configuration: () => TopicConfiguration;
  /** Takes another configuration on; where its documents are must be the same. */
  take: (config: Config) => void;
}

/**
 * What the API asks of a topic on the real servers.
 *
 * @param read reads of a configuration what needs files
 */
export function openTopic(
  config: Config,
  { elasticsearch, logSearch, client }: { elasticsearch: Elasticsearch; logSearch: Elasticsearch; client: Temporal },
  read: (config: Config) => ReadConfiguration,
): ApiTopic {
  const { queryTimeoutMs, tailMax, tailMaxMs, tailBufferBytes, tailMaxBehind } = config.api;
  const { taskQueue } = config.temporal;
  const searching = { indexPrefix: config.elasticsearch.indexPrefix, queryTimeoutMs };
  const letters = createLetterAccount(elasticsearch, config.elasticsearch);
  let current = openDesks(config);

  function openDesks(changed: Config) {
    const configuration = read(changed);
    return {
      configuration,
      deadLetters: openDeadLetterDesk(changed, configuration.redaction, elasticsearch, client),
      retention: openRetentionDesk(changed, elasticsearch, client),
    };
  }

  return {
    deps: {
      logs: createLogSearch(logSearch, searching),
      tail: {
        source: createTailSource(elasticsearch, searching, letters),
        settings: { maxTails: tailMax, maxMs: tailMaxMs, bufferBytes: tailBufferBytes, maxBehind: tailMaxBehind },
      },
      workflows: createTemporalWorkflows(client, config.kafka.partitions),
      audits: createTemporalAudits(client, taskQueue),
      replays: {
        store: createReplayStore(elasticsearch, config.elasticsearch),
        workflows: createTemporalReplays(client, taskQueue),
      },
      letters,
      deadLetters: latest(() => current.deadLetters),
      retention: latest(() => current.retention),
      epochs: createEpochLog(elasticsearch, config.elasticsearch),
      longExports: openExportDesk(config, client),
    },
    configuration: () => current.configuration,
    take: (changed) => {
      current = openDesks(changed);
    },
  };
}

/** An object whose every property is that of the latest one. */
function latest<T extends object>(current: () => T): T {
  return new Proxy({} as T, { get: (_, name) => Reflect.get(current(), name) as unknown });
}
