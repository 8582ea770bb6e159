import { Kafka, logLevel, type LogEntry } from 'kafkajs';
import type { Logger } from '../logger';
import { fixHeaderDecoding } from './header-decode-fix';
import { fixRequestQueue } from './request-queue-fix';
import { securityOptions, type SecuritySettings } from './security';

// kafkajs calls an error what it mends by itself a moment later; ours are for loss, or where a person is needed.
const LEVEL_NAMES = { [logLevel.ERROR]: 'warn', [logLevel.WARN]: 'info' } as const;

/**
 * The Kafka client. It reconnects for as long as it takes, a try at most every 2 s; what must be answered sooner sets
 * a deadline of its own.
 */
export function createKafka(
  settings: SecuritySettings & { brokers: readonly string[]; clientId: string },
  logger: Logger,
): Kafka {
  fixRequestQueue();
  fixHeaderDecoding();
  return new Kafka({
    clientId: settings.clientId,
    brokers: [...settings.brokers],
    ...securityOptions(settings),
    connectionTimeout: 2000,
    requestTimeout: 15_000,
    retry: { initialRetryTime: 200, maxRetryTime: 2000, retries: 8, factor: 0.2, multiplier: 2 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => writeLog(logger, entry),
  });
}

function writeLog(logger: Logger, { level, log, namespace }: LogEntry): void {
  const name = level in LEVEL_NAMES ? LEVEL_NAMES[level as keyof typeof LEVEL_NAMES] : 'debug';
  // Only what says where and what: kafkajs puts request payloads into some of its fields.
  const fields = {
    namespace,
    broker: log.broker as unknown,
    groupId: log.groupId as unknown,
    error: log.error as unknown,
  };
  logger[name]({ kafka: fields }, `kafkajs: ${log.message.toLowerCase()}`);
}
