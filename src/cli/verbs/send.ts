import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { fileInput, InputError, streamInput, type Input } from '../../shipping/inputs';
import { isJsonObject, type LineRecord } from '../../shipping/join-lines';
import type { MessageForm } from '../../shipping/message';
import { readRecords } from '../../shipping/read-records';
import { PatternError, startPattern } from '../../shipping/record-start';
import { ship, ShipError, type MessageProducer, type ShipOptions } from '../../shipping/ship';
import { CliFailure, EXIT } from '../failures';
import type { Surroundings } from '../session';
import { createTerminal } from '../terminal';
import { openTools } from '../tools';
import { dryRun } from './send-dry-run';
import { createSendProgress } from './send-progress';
import { endOf, failureOf, kafkaTrouble, renderAccount, type SendTarget } from './send-report';
import { toWhole } from '../options';

interface SendOptions {
  topic?: string;
  brokers?: string[];
  service?: string;
  raw?: boolean;
  key?: string;
  rate: number;
  fromLine: number;
  multiline: 'auto' | 'off';
  multilineStart?: string;
  encoding: MessageForm['encoding'];
  dryRun?: boolean;
  json?: boolean;
  url: string;
}

/** Records at whose form an input is judged before anything of it is sent. */
const JUDGED = 20;

/** `sluice send`: lines of files or of standard input, to a topic of Kafka. */
export function addSendVerb(program: Command, surroundings: Surroundings, endWith: (code: number) => void): void {
  program
    .command('send')
    .description('send lines of files, plain or gzip, or of standard input to the topic; asks Kafka, and not the API')
    .argument('[files...]', 'what to send, one after the other; - is standard input, as is none')
    .option('--topic <name>', 'the topic; KAFKA_TOPIC')
    .option('--brokers <list>', 'host:port, comma-separated; KAFKA_BROKERS', toList)
    .option(
      '--service <name>',
      'the service of lines of text, which are sent so that every topic takes them',
      toService,
    )
    .option('--raw', 'send text as it is, to a topic whose LOG_FORMATS allow text')
    .option('--key <key>', 'of every message: all go to one partition; without it they are spread')
    .option('--rate <lines>', 'lines per second at most; 0 is without limit', toWhole, 0)
    .option('--from-line <number>', 'passes over the lines of the first file before this one', toLineNumber, 1)
    .addOption(
      new Option('--multiline <how>', 'auto joins stack traces to their line, off joins nothing')
        .choices(['auto', 'off'])
        .default('auto'),
    )
    .option('--multiline-start <pattern>', 'a record begins where this regular expression matches, and only there')
    .addOption(new Option('--encoding <name>', 'of the lines').choices(['utf8', 'latin1']).default('utf8'))
    .option('--dry-run', 'send nothing; count what the pipeline would make of the records')
    .action(async (files: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<SendOptions>();
      endWith(await send(files, options, surroundings).catch(tell));
    });
}

async function send(files: string[], options: SendOptions, surroundings: Surroundings): Promise<number> {
  const form: MessageForm = { service: options.service, raw: options.raw === true, encoding: options.encoding };
  if (form.service !== undefined && form.raw) {
    throw new CliFailure(EXIT.usage, '--service and --raw exclude each other: text goes with a service, or as it is');
  }
  const { multilineStart } = options;
  const multiline = multilineStart === undefined ? options.multiline : startPattern(multilineStart);
  const shipOptions: ShipOptions = { form, rate: options.rate, fromLine: options.fromLine, multiline };
  const tools = await openTools(surroundings);
  const target = {
    topic: options.topic ?? tools.topic,
    brokers: options.brokers ?? tools.brokers,
    url: withoutLogin(options.url),
  };
  const inputs = await openInputs(files, surroundings);
  const approve = (input: Input, records: readonly LineRecord[]) => {
    if (form.service === undefined && !form.raw && !tools.takesText(target.topic))
      demandJson(input, records, target.topic);
  };
  for (const input of inputs) if (input.size !== undefined) approve(input, await firstRecords(input, shipOptions));
  const stopping = new AbortController();
  const undo = surroundings.onInterrupt?.(() => stopping.abort());
  try {
    if (options.dryRun === true)
      return await dryRun(inputs, { shipOptions, approve, tools, topic: target.topic, surroundings, stopping });
    const to = { ...target, ...(options.key === undefined ? {} : { key: options.key }) };
    const producer = await tools.openProducer(to).catch((error: unknown) => {
      throw new CliFailure(EXIT.unreachable, kafkaTrouble(error, target), undefined, { cause: error });
    });
    try {
      return await shipAll(inputs, {
        shipOptions,
        approve,
        producer,
        target,
        surroundings,
        stopping,
        json: options.json,
      });
    } finally {
      await producer.close().catch(() => undefined);
    }
  } finally {
    undo?.();
  }
}

interface Sending {
  shipOptions: ShipOptions;
  approve: (input: Input, records: readonly LineRecord[]) => void;
  producer: MessageProducer;
  target: SendTarget;
  surroundings: Surroundings;
  stopping: AbortController;
  json: boolean | undefined;
}

async function shipAll(inputs: Input[], given: Sending): Promise<number> {
  const { shipOptions, approve, producer, target, surroundings, stopping, json } = given;
  const terminal = createTerminal(surroundings, surroundings.env);
  const progress = createSendProgress(terminal, surroundings.err.isTTY);
  const { signal } = stopping;
  const startedAt = performance.now();
  try {
    const account = await ship(inputs, shipOptions, {
      ...{ producer, approve, signal, onProgress: progress.update },
      now: () => performance.now(),
      sleep: (ms) => sleep(ms, undefined, { signal }),
    });
    progress.stop();
    renderAccount(account, { target, terminal, json: json === true, ms: performance.now() - startedAt });
    return endOf(account, signal.aborted, inputs, terminal);
  } catch (error) {
    progress.stop();
    if (!(error instanceof ShipError)) throw error;
    renderAccount(error.account, { target, terminal, json: json === true, ms: performance.now() - startedAt });
    throw failureOf(error, target, inputs);
  }
}

async function openInputs(files: string[], { stdin }: Surroundings): Promise<Input[]> {
  const names = files.length === 0 ? ['-'] : files;
  if (names.filter((name) => name === '-').length > 1) {
    throw new CliFailure(EXIT.usage, 'standard input can be read once only: name - once');
  }
  if (stdin?.isTTY === true && files.length === 0) {
    throw new CliFailure(
      EXIT.usage,
      'nothing to send: name files, or pipe lines in, such as `tail -F app.log | sluice send`',
    );
  }
  const opened: Input[] = [];
  for (const name of names) opened.push(name === '-' && stdin ? streamInput('-', stdin) : await fileInput(name));
  return opened;
}

async function firstRecords(input: Input, { multiline, fromLine }: ShipOptions): Promise<LineRecord[]> {
  const { stream } = input.open();
  const found: LineRecord[] = [];
  for await (const { records } of readRecords(stream, { multiline, fromLine })) {
    found.push(...records);
    if (found.length >= JUDGED) break;
  }
  return found;
}

/** Every line of text would be a dead letter on a topic that takes none: that is said before, and not found out later. */
function demandJson({ name }: Input, records: readonly LineRecord[], topic: string): void {
  const judged = records.slice(0, JUDGED);
  const first = judged.find(({ bytes }) => !isJsonObject(bytes));
  if (!first) return;
  const count = judged.filter(({ bytes }) => !isJsonObject(bytes)).length;
  throw new CliFailure(
    EXIT.usage,
    `${count} of the first ${judged.length} records of ${name} are no JSON objects (line ${first.from}): by default topics take ` +
      `none such, and each would become a dead letter. Nothing of it was sent. Say how text is to be sent to ${topic}:\n` +
      '  --service NAME  as the lines of a container of this name, which every topic takes; stack traces stay whole\n' +
      '  --raw           as it is, to a topic whose workers have LOG_FORMATS=auto,text',
  );
}

function toService(text: string): string {
  if (text.trim() === '' || text.length > 512)
    throw new InvalidArgumentError('A name of at most 512 characters is wanted.');
  return text;
}

function toList(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.some((part) => !/^\S+:\d{1,5}$/.test(part))) {
    throw new InvalidArgumentError('host:port is wanted, such as 127.0.0.1:9092.');
  }
  return parts;
}

function toLineNumber(text: string): number {
  const number = toWhole(text);
  if (number < 1) throw new InvalidArgumentError('Lines count from 1.');
  return number;
}

function tell(error: unknown): never {
  if (error instanceof InputError) throw new CliFailure(EXIT.usage, error.message, undefined, { cause: error });
  if (error instanceof PatternError) throw new CliFailure(EXIT.usage, error.message, undefined, { cause: error });
  throw error;
}

/** What is shown must not tell a password that stands in the address. */
function withoutLogin(url: string): string {
  return url.replace(/^(https?:\/\/)[^/]*@/, '$1');
}
