import type { Config } from '../config';
import { PipelineFileError } from './pipeline-file-error';

/** What readers, writers and searches are opened with: a change of it needs a restart. */
const FIXED: readonly (readonly [name: string, of: (config: Config) => string | undefined])[] = [
  ['index_prefix', ({ elasticsearch }) => elasticsearch.indexPrefix],
  ['dead_letter_topic', ({ kafka }) => kafka.deadLetterTopic],
  ['oldest_day', ({ kafka }) => kafka.oldestDay],
];

/**
 * Holds a changed file against the one in force.
 *
 * @throws PipelineFileError when it asks for what only a restart can do
 */
export function demandNoRestart(file: string, before: readonly Config[], after: readonly Config[]): void {
  const problems: string[] = [];
  const names = (configs: readonly Config[]) => configs.map(({ kafka }) => kafka.topic);
  if (names(before).join() !== names(after).join()) {
    problems.push(`: topics were added, removed or put in another order: ${HOW}`);
  }
  for (const old of before) {
    const { topic } = old.kafka;
    const found = after.find(({ kafka }) => kafka.topic === topic);
    for (const [name, of] of FIXED) {
      const [one, other] = [of(old), found && of(found)];
      if (found && one !== other) problems.push(`: ${name} of topic ${topic} is ${one ?? 'none'} now: ${HOW}`);
    }
  }
  if (problems.length > 0) throw new PipelineFileError(file, problems);
}
const HOW = 'restart the workers and the API to change that';
