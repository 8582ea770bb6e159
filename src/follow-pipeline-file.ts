import type { Config } from './config';
import { demandNoRestart } from './topics/compare';
import { checkTopics, type Topics } from './topics/load-topics';
import type { PipelineFileError } from './topics/pipeline-file-error';
import { FileWatch } from './topics/watch-file';

export interface Followed {
  /** Takes the topics of a changed file on, each as it is now. */
  take: (topics: readonly Config[]) => Promise<void> | void;
  /** Told why a changed file is not taken on. */
  refused: (error: PipelineFileError) => void;
}

/**
 * Follows the pipeline file of a process that has started with it: a changed one is checked, and held against the one in
 * force.
 *
 * @returns undefined where there is no file
 */
export function followPipelineFile(base: Config, started: Topics, { take, refused }: Followed): FileWatch | undefined {
  const { file } = base.topics;
  if (file === undefined || started.text === undefined) return undefined;
  let inForce: readonly Config[] = started.topics;
  return new FileWatch({
    file,
    text: started.text,
    async take(text) {
      const found = checkTopics(file, text, base);
      demandNoRestart(file, inForce, found);
      await take(found);
      inForce = found;
    },
    refused,
  });
}
