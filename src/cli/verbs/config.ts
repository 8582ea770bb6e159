import type { Command } from 'commander';
import { CliFailure, EXIT } from '../failures';
import type { Surroundings } from '../session';
import { createTerminal, printable } from '../terminal';

/** What is shown of a topic that a pipeline file describes. */
export interface CheckedTopic {
  topic: string;
  index_prefix: string;
  dead_letter_topic: string;
  formats: readonly string[];
  redaction: readonly string[];
  retention_days: number;
  dead_letter_retention_days: number;
  rules_hash: string;
}

/** Reads pipeline files without any server. */
export interface PipelineFiles {
  /** The topics of a file, over the environment. @throws Error whose message has a line for each problem */
  check(file: string): Promise<CheckedTopic[]>;
  /** The JSON schema of such a file. */
  schema(): Promise<string>;
}

/** `sluice config`: what a worker would say of its pipeline file, without one. It asks no server. */
export function addConfigVerbs(program: Command, surroundings: Surroundings): void {
  const { pipelineFiles: files } = surroundings;
  const group = program.command('config').description('the pipeline file; no server is asked');
  const terminal = createTerminal(surroundings, surroundings.env);
  group
    .command('check')
    .description('check a pipeline file as a worker does at its start')
    .argument('<file>', 'in YAML or JSON')
    .action(async (file: string, _: object, command: Command) => {
      const topics = await files.check(file).catch((cause: unknown) => {
        throw new CliFailure(EXIT.problem, printable((cause as Error).message), undefined, { cause });
      });
      if (command.optsWithGlobals<{ json?: boolean }>().json) return terminal.raw(JSON.stringify({ topics }));
      terminal.table(
        ['topic', 'indices', 'dead letters', 'formats', 'redaction', 'days', 'rules'].map((head) => ({ head })),
        topics.map(({ topic, index_prefix: prefix, ...one }) => [
          ...[topic, `${prefix}-*`, one.dead_letter_topic, one.formats.join(','), one.redaction.join(',')],
          ...[`${one.retention_days}/${one.dead_letter_retention_days}`, one.rules_hash],
        ]),
      );
      terminal.note(`${file} is right: ${topics.length} topic${topics.length === 1 ? '' : 's'}.`);
    });
  group
    .command('schema')
    .description('print the JSON schema of a pipeline file')
    .action(async () => terminal.raw(await files.schema()));
}
