import type { Command } from 'commander';
import type { z } from 'zod';
import type {
  deadLetterDetailSchema,
  deadLettersSchema,
  previewSchema,
  redriveStartedSchema,
} from '../../api/schemas/dead-letters';
import type { Answer } from '../api';
import { CliFailure, EXIT } from '../failures';
import { given, orderOptions, toWholes, waitOptions, type OrderNote, type WaitOptions } from '../options';
import { show, type Open, type Session } from '../session';
import { oneLine, printable, type Terminal } from '../terminal';
import { count } from './figures';
import { finishRedrive, waitForRedrive } from './redrives';

type DeadLetters = z.output<typeof deadLettersSchema>;
type DeadLetter = z.output<typeof deadLetterDetailSchema>;
type Preview = z.output<typeof previewSchema>;
type Started = z.output<typeof redriveStartedSchema>;

interface Filters {
  partition?: string;
  code?: string;
  from?: string;
  to?: string;
  q?: string;
}

interface RedriveOptions extends Filters, OrderNote, WaitOptions {
  all?: boolean;
  body?: string;
  dryRun?: boolean;
}

/** `sluice dead-letters`, which is `list`, and `show` and `redrive`. */
export function addDeadLetterVerbs(program: Command, open: Open, actor: string, endWith: (code: number) => void): void {
  // A group with options of its own would take those of its commands, so the list is a command too, the default one.
  const letters = program.command('dead-letters').description('search, show and redrive dead letters');
  const list = letters
    .command('list', { isDefault: true })
    .description('search, newest first (GET /pipeline/dead-letters)')
    .option('--state <list>', 'open, redriving, redriven, resolved');
  filterOptions(list)
    .option('--size <number>', 'letters on a page')
    .option('--cursor <text>', 'the next page: as the last one named it')
    .action(async (options: Filters & { state?: string; size?: string; cursor?: string }, command: Command) => {
      const session = open(command);
      const { code: reason, partition, from, to, q, state, size, cursor } = options;
      const query = { partition, reason, from, to, q, state, size, cursor };
      show(session, await session.api.get<DeadLetters>('/pipeline/dead-letters', query), renderLetters);
    });
  letters
    .command('show')
    .argument('<id>', 'such as 01-0002-0000000000004711')
    .description("one dead letter with its record's bytes (GET /pipeline/dead-letters/{id})")
    .action(async (id: string, _options: object, command: Command) => {
      const session = open(command);
      show(
        session,
        await session.api.get<DeadLetter>(`/pipeline/dead-letters/${encodeURIComponent(id)}`),
        renderLetter,
      );
    });
  addRedrive(letters, open, actor, endWith);
}

function addRedrive(letters: Command, open: Open, user: string, endWith: (code: number) => void): void {
  const redrive = letters
    .command('redrive')
    .argument('[id...]', 'these letters; else --all, or filters')
    .description('index open dead letters again (POST /pipeline/dead-letters/redrive)')
    .option('--all', 'every open letter');
  filterOptions(redrive)
    .option('--body <file>', 'of one letter: this JSON instead of its record; - is standard input')
    .option('--dry-run', 'only say what would happen');
  orderOptions(redrive, user);
  waitOptions(redrive, 'the redrive has ended');
  redrive.action(async (ids: string[], options: RedriveOptions, command: Command) => {
    const session = open(command);
    const { path, body } = await toOrder(session, ids, options);
    const answer = await session.api.post<Preview | Started>(path, body);
    if (isPreview(answer)) return show(session, answer, renderPreview);
    const started = answer as Answer<Started>;
    if (!options.wait) return show(session, started, renderStarted);
    if (!session.json) renderStarted(started.data, session.terminal);
    finishRedrive(session, await waitForRedrive(session, started.data.operation, options.timeout), endWith);
  });
}

function filterOptions(command: Command): Command {
  return command
    .option('--partition <list>', 'of these partitions, such as 0,2')
    .option('--code <list>', 'with these reason codes, such as mapping_rejected')
    .option('--from <time>', 'dead-lettered from then on: ISO 8601, or now-1h')
    .option('--to <time>', 'dead-lettered before then')
    .option('--q <text>', 'full text of the start of the record and of the detail');
}

/** The redrive as the API takes it; one letter with a body has a route of its own. */
async function toOrder({ readText }: Session, ids: string[], options: RedriveOptions) {
  const { partition, code, from, to, q, all, body, dryRun, reason, actor } = options;
  const filter = given({ partition: partition && toWholes(partition), reason: code?.split(','), from, to, q });
  const order = given({ dry_run: dryRun, reason, actor });
  const ways = [ids.length > 0, all === true, Object.keys(filter).length > 0].filter(Boolean).length;
  if (ways !== 1) {
    throw new CliFailure(EXIT.usage, 'say what to redrive, in one way: ids, or --all, or filters such as --code');
  }
  if (body !== undefined) {
    if (ids.length !== 1) throw new CliFailure(EXIT.usage, '--body is for one letter: give its id');
    const text = (await readText(body)).trim();
    if (text === '') throw new CliFailure(EXIT.usage, `the body in ${body} is empty: one JSON object is wanted`);
    return { path: `/pipeline/dead-letters/${encodeURIComponent(ids[0]!)}/redrive`, body: { ...order, body: text } };
  }
  const selection = all ? { all } : ids.length > 0 ? { ids } : { filter };
  return { path: '/pipeline/dead-letters/redrive', body: { ...order, ...selection } };
}

function isPreview(answer: Answer<Preview | Started>): answer is Answer<Preview> {
  return 'dry_run' in answer.data;
}

function renderLetters(
  { total, letters, by_reason: reasons, next_cursor: next, partial }: DeadLetters,
  terminal: Terminal,
) {
  const { colours, say, table } = terminal;
  const codes = reasons.map((one) => `${count(one.count)} ${one.reason}`).join(', ');
  say(`${total.relation === 'gte' ? 'at least ' : ''}${count(total.value)} dead letters${codes ? `: ${codes}` : ''}`);
  if (partial) say(colours.warn('not every shard has answered: ask again'));
  if (letters.length === 0) return;
  table(
    ['id', 'state', 'code', 'field', 'dead-lettered', 'tries', 'start of the record'].map((head) => ({ head })),
    letters.map(({ id, state, reason, dead_lettered_at: at, attempts, text }) => [
      ...[id, state, reason.code, oneLine(reason.field), at, count(attempts), oneLine(text).slice(0, 60)],
    ]),
  );
  if (next) say(`more: --cursor ${next}`);
}

function renderLetter({ body, key, headers, reason, kafka, ...letter }: DeadLetter, { say }: Terminal): void {
  say(`${letter.id}: ${letter.state}, ${letter.index}`);
  say(oneLine(`${reason.code}${reason.field ? ` in ${reason.field}` : ''}: ${reason.detail}`));
  say(oneLine(`${kafka.topic}, partition ${kafka.partition}, offset ${kafka.offset}, ${count(letter.bytes)} bytes`));
  say(`dead-lettered ${letter.dead_lettered_at}, changed ${letter.changed_at}, ${count(letter.attempts)} attempts`);
  if (letter.operation) say(`redrive: sluice redrives show ${letter.operation}`);
  if (key) say(oneLine(`key (${key.encoding}): ${key.content}`));
  for (const { name, encoding, content } of headers) say(oneLine(`header ${name} (${encoding}): ${content}`));
  say(body ? printable(`${body.encoding}:\n${body.content}`) : 'the bytes are in the dead-letter topic only');
}

function renderPreview(
  { selected, examined, outcomes, by_reason: reasons, examples }: Preview,
  terminal: Terminal,
): void {
  const { say, table } = terminal;
  say(`${count(selected)} letters would be redriven; nothing was written. Of ${count(examined)} looked at:`);
  table(
    [{ head: 'outcome' }, { head: 'letters', numeric: true }],
    Object.entries(outcomes).map(([outcome, number]) => [outcome, count(number)]),
  );
  for (const { reason, count: number } of reasons) say(`refused as ${reason}: ${count(number)}`);
  for (const { id, outcome, reason } of examples) {
    say(oneLine(`${id}: ${outcome}${reason ? `, ${reason.code}: ${reason.detail}` : ''}`));
  }
}

function renderStarted({ operation, selected }: Started, { say }: Terminal): void {
  say(`redrive ${operation} of ${count(selected)} letters was started`);
  say(`its progress: sluice redrives show ${operation}`);
}
