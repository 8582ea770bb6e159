import { BatchCache } from '../activities/batch-cache';
import type { Config } from '../config';
import type { Logger } from '../logger';
import type { ConfigurationFigures } from '../metrics/configuration-metrics';
import type { RedactionRule } from '../redaction/rules';
import type { Shutdown } from '../shutdown';
import { openClients, type WorkerClients } from './open-clients';
import { openTelemetry } from './open-telemetry';
import { routeActivities } from './route-activities';
import { TopicRuntime, type WorkerActivities } from './topic-runtime';

/** What one worker process works with. */
export interface WorkerDependencies extends WorkerClients {
  /** By name, in the order of the configuration. */
  runtimes: ReadonlyMap<string, TopicRuntime>;
  activities: WorkerActivities;
  /** To be kept up to date by whoever follows the pipeline file. */
  configuration: ConfigurationFigures & { hashes: Map<string, string> };
  /** Takes no new pull. */
  drain: () => void;
  collectMetrics: () => Promise<string>;
}

/**
 * The clients of one worker process, and what the activities of its topics need of them. Everything opened closes with
 * `shutdown`.
 *
 * @param configs of the topics, at least one; what is no topic's own is the same in all
 * @param readTemporal Temporal's own metrics as text, to be shown beside ours
 * @param onUnknownRules told when a batch is of rules that this process does not have
 */
export async function openDependencies(
  configs: readonly Config[],
  queue: string,
  logger: Logger,
  shutdown: Shutdown,
  readTemporal: () => Promise<string> = async () => '',
  onUnknownRules: () => void = () => undefined,
): Promise<WorkerDependencies> {
  const config = configs[0]!;
  const clients = await openClients(config, queue, logger, shutdown);
  const draining = new AbortController();
  const cache = new BatchCache(config.pipeline.cacheBytes);
  const topics = configs.map(({ kafka }) => kafka.topic);
  const redacted = new Map(topics.map((topic) => [topic, new Map<RedactionRule, number>()]));
  const configuration = { taken: 0, refused: 0, problem: undefined, hashes: new Map<string, string>() };
  const { observerOf, traceBatch, collectMetrics } = await openTelemetry(
    config,
    { queue, topics, cache, readTemporal, redacted, configuration },
    logger,
    shutdown,
  );
  const runtimes = new Map<string, TopicRuntime>();
  for (const one of configs) {
    const { topic } = one.kafka;
    const observer = observerOf(topic);
    const shared = { ...clients, queue, cache, observer, traceBatch, draining: draining.signal, logger };
    const runtime = await TopicRuntime.open(one, { ...shared, redacted: redacted.get(topic)! }, shutdown);
    runtimes.set(topic, runtime);
    configuration.hashes.set(topic, runtime.current.rulesHash);
  }
  const activities = routeActivities(runtimes, logger, onUnknownRules);
  return { ...clients, runtimes, activities, configuration, drain: () => draining.abort(), collectMetrics };
}
