import type { Config } from '../config';
import { followPipelineFile } from '../follow-pipeline-file';
import type { Logger } from '../logger';
import type { Topics } from '../topics/load-topics';
import type { FileWatch } from '../topics/watch-file';
import type { WorkerDependencies } from './dependencies';
import { tellPipeline, untilDone, type IsStopping } from './start-topic';

/**
 * Follows the pipeline file: a changed one that is right is taken on, and the supervisors are told, so that it holds from
 * the next batch on; of one that is not, what was in force stays, and the log and the metrics say why.
 *
 * @returns undefined where there is no file
 */
export function followFile(
  base: Config,
  started: Topics,
  { runtimes, configuration, ...clients }: WorkerDependencies,
  logger: Logger,
  isStopping: IsStopping,
): FileWatch | undefined {
  const { file } = base.topics;
  return followPipelineFile(base, started, {
    async take(topics) {
      for (const config of topics) await runtimes.get(config.kafka.topic)!.take(config);
      configuration.problem = undefined;
      configuration.taken += 1;
      for (const [topic, runtime] of runtimes) {
        const { rulesHash } = runtime.current;
        configuration.hashes.set(topic, rulesHash);
        logger.info({ topic, file, rulesHash }, 'the pipeline file was taken on');
        void untilDone(logger, 'tell pipeline', isStopping, () => tellPipeline(runtime, clients)).catch(
          (error: unknown) => logger.error({ topic, err: error }, 'the supervisor could not be told'),
        );
      }
    },
    refused({ message, problems }) {
      configuration.problem = message;
      configuration.refused += 1;
      logger.error({ file, problems }, 'the pipeline file is not taken on, the one of before stays in force');
    },
  });
}
