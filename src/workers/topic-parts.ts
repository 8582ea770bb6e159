import type { BatchCache } from '../activities/batch-cache';
import type { BatchObserver, TraceBatch } from '../activities/observer';
import type { BatchSource, ProgressMirror } from '../activities/ports';
import type { Config } from '../config';
import { PipelineError } from '../domain/errors';
import { createRefreshPace } from '../elasticsearch/refresh-pace';
import { createBatchReader, type BatchReader } from '../kafka/batch-reader';
import { createOffsetMirror } from '../kafka/offset-mirror';
import type { Logger } from '../logger';
import type { RedactionRule } from '../redaction/rules';
import type { Shutdown } from '../shutdown';
import type { WorkerClients } from './open-clients';
import { openReplayDependencies, type ReplayDependencies } from './replay-dependencies';

/** What the topics of a worker share, and what watches one of them. */
export interface SharedParts extends WorkerClients {
  /** This worker's own task queue. */
  queue: string;
  cache: BatchCache;
  observer: BatchObserver;
  traceBatch?: TraceBatch | undefined;
  /** Secrets taken out of the topic's records, by rule. */
  redacted: Map<RedactionRule, number>;
  draining: AbortSignal;
  logger: Logger;
}

/** What one topic has for as long as the worker lives, whatever its configuration becomes. */
export interface TopicParts extends SharedParts {
  reader: BatchReader;
  /** The reader as the pipeline uses it: it gives up when the worker drains. */
  source: BatchSource;
  mirror: ProgressMirror;
  pace: ReturnType<typeof createRefreshPace>;
  replay: ReplayDependencies;
}

/** Opens them; they close with `shutdown`. */
export function openTopicParts(config: Config, shared: SharedParts, shutdown: Shutdown): TopicParts {
  const { kafka, topics, logger, draining } = shared;
  const mirror = createOffsetMirror(kafka, config.kafka, logger);
  shutdown.onClose('kafka mirror', () => mirror.close());
  const reader = createBatchReader(kafka, topics, config.kafka, logger);
  shutdown.onClose('kafka reader', () => reader.close());
  const pace = createRefreshPace(shared.elasticsearch, config.elasticsearch, logger);
  shutdown.onClose('refresh pace', () => pace.close());
  const replay = openReplayDependencies(config, shared, logger, shutdown);
  return { ...shared, reader, source: drainable(reader, draining), mirror, pace, replay };
}

/** A pull that waits for records ends when the worker drains: another worker takes it. Batches in flight go on. */
function drainable(source: BatchSource, draining: AbortSignal): BatchSource {
  const refuse = () => new PipelineError('worker_draining', 'this worker is stopping');
  return {
    async pull(partition, from, limits, signal, context) {
      if (draining.aborted) throw refuse();
      const either = AbortSignal.any([signal, draining]);
      return source.pull(partition, from, limits, either, context).catch((error: unknown) => {
        throw draining.aborted ? refuse() : error;
      });
    },
    read: (...call) => source.read(...call),
  };
}
