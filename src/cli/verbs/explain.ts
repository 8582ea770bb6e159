import { existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import type { Explanation } from '../../explain/explain-record';
import { fileInput, InputError, streamInput, type Input } from '../../shipping/inputs';
import { readRecords } from '../../shipping/read-records';
import { CliFailure, EXIT } from '../failures';
import type { Open, Surroundings } from '../session';
import { createTerminal, printable } from '../terminal';
import { openTools } from '../tools';
import { renderExplanation, renderStored, type StoredLog } from './explain-report';

interface ExplainOptions {
  id?: string;
  topic?: string;
  formats?: string[];
  json?: boolean;
}

/** `sluice explain`: what the pipeline makes of one record, and why. */
export function addExplainVerb(program: Command, surroundings: Surroundings, open: Open): void {
  program
    .command('explain')
    .description(
      'how one record is decoded, redacted and scored, and the document it becomes; with the settings of its environment',
    )
    .argument(
      '[what]',
      'a line, FILE, FILE:LINE, or - for standard input; of a file the first record, or that of the line',
    )
    .option('--id <id>', 'a log that is stored, by its id, instead (GET /logs/{id})')
    .option('--topic <name>', 'the topic of a pipeline file that it would stand in; the first by default')
    .option('--formats <list>', 'formats of the topic; LOG_FORMATS', (text) => text.split(',').map((one) => one.trim()))
    .action(async (what: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<ExplainOptions>();
      if (options.id !== undefined) return explainStored(options.id, open(command));
      const value = await readRecord(what ?? '-', surroundings).catch(tell);
      const tools = await openTools(surroundings);
      const explained = tools.createExplain(options.topic, options.formats)(value);
      const terminal = createTerminal(surroundings, surroundings.env);
      if (options.json === true) return terminal.raw(asJson(explained));
      renderExplanation(explained, terminal);
    });
}

async function explainStored(id: string, session: ReturnType<Open>): Promise<void> {
  const answer = await session.api.get<StoredLog>(`/logs/${encodeURIComponent(id)}`);
  if (session.json) return session.terminal.raw(answer.text);
  renderStored(answer.data, session.terminal);
}

/** The document goes in as it is: parsing it would alter long numbers. */
function asJson({ document, ...rest }: Explanation): string {
  const text = JSON.stringify(rest);
  return document === undefined ? text : `${text.slice(0, -1)},"document":${document}}`;
}

/** The bytes that are meant; lines that belong together are joined as `sluice send` joins them. */
async function readRecord(what: string, { stdin }: Surroundings): Promise<Buffer> {
  const [, path, line] = /^(.+):(\d{1,9})$/s.exec(what) ?? [];
  if (what === '-' && stdin) return pick(streamInput('standard input', stdin), 1);
  if (path !== undefined && existsSync(path)) return pick(await fileInput(path), Number(line));
  if (existsSync(what)) return pick(await fileInput(what), 1);
  return pick(streamInput('the line', Readable.from([Buffer.from(what)])), 1);
}

/** The record that holds the line, or the next one when that line is empty. */
async function pick(input: Input, line: number): Promise<Buffer> {
  const { stream } = input.open();
  for await (const { records, tooLong } of readRecords(stream, { multiline: 'auto', fromLine: 1 })) {
    if (tooLong.includes(line))
      throw new InputError(`line ${line} of ${input.name} is longer than a message may be (1 MiB)`);
    const found = records.find(({ to }) => to >= line);
    if (found) return found.bytes;
  }
  throw new InputError(`there is no record at line ${line} of ${printable(input.name)}`);
}

function tell(error: unknown): never {
  if (error instanceof InputError) throw new CliFailure(EXIT.usage, error.message, undefined, { cause: error });
  throw error;
}
