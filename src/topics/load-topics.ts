import type { Config } from '../config';
import { parsePipelineText } from './parse-file';
import { readPipelineText } from './read-bytes';
import { resolveTopics } from './resolve';

/** The topics of a pipeline, each with its whole configuration. */
export interface Topics {
  /** At least one; the first one is meant where none is named. */
  topics: Config[];
  /** The text of the file; absent where there is none. */
  text?: string | undefined;
}

/**
 * Every topic that the configuration names: those of its pipeline file, or the one of the environment.
 *
 * @throws PipelineFileError when the file cannot be used
 */
export async function loadTopics(config: Config): Promise<Topics> {
  const { file } = config.topics;
  if (file === undefined) return { topics: [config] };
  const text = await readPipelineText(file);
  return { topics: checkTopics(file, text, config), text };
}

/** The topics that a text describes. @throws PipelineFileError */
export function checkTopics(file: string, text: string, base: Config): Config[] {
  return resolveTopics(file, parsePipelineText(file, text), base);
}
