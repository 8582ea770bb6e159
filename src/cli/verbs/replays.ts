import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { z } from 'zod';
import type { replayMessageSchema, replaysSchema, replayStartedSchema, ReplayView } from '../../api/schemas/replays';
import type { Answer } from '../api';
import { CliFailure, EXIT } from '../failures';
import {
  given,
  orderOptions,
  requestIdOption,
  toOffset,
  toWhole,
  toWholes,
  waitOptions,
  type OrderNote,
  type WaitOptions,
} from '../options';
import { show, type Open, type Session } from '../session';
import { oneLine, type Terminal } from '../terminal';
import { waitUntilDone } from '../wait';
import { renderReplay, renderReplays } from './replay-tables';

type Started = z.output<typeof replayStartedSchema>;
type Told = z.output<typeof replayMessageSchema>;

interface ReplayOptions extends OrderNote, WaitOptions {
  partitions?: number[];
  from?: string;
  to?: string;
  fromTime?: string;
  toTime?: string;
  recordsPerSecond?: number;
  rules?: string;
  dryRun?: boolean;
}

const MODES = [
  ['replay', 'repair', 'write what is missing of a range, and change nothing else'],
  ['rescore', 'rescore', 'score a range again by the rules in force, and overwrite it'],
  ['shadow', 'shadow', 'score a range by other rules, and only say what would change'],
] as const;

/** `sluice replay`, `rescore` and `shadow` are POST /replays in their mode; `sluice replays` shows and steers them. */
export function addReplayVerbs(program: Command, open: Open, user: string, endWith: (code: number) => void): void {
  for (const [verb, mode, description] of MODES) {
    const command = program.command(verb).description(`${description} (POST /replays)`);
    if (mode === 'shadow')
      command.requiredOption('--rules <file>', 'JSON with the rules that differ; - is standard input');
    scopeOptions(command);
    requestIdOption(orderOptions(command, user));
    waitOptions(command, 'it has ended').action(async (options: ReplayOptions) => {
      const session = open(command);
      const started = await session.api.post<Started>('/replays', { mode, ...(await toOrder(session, options)) });
      if (!options.wait) return show(session, started, renderStarted);
      if (!session.json) renderStarted(started.data, session.terminal);
      finish(session, await waitForReplay(session, started.data.id, options.timeout), endWith);
    });
  }
  addReplays(program, open, user, endWith);
}

function addReplays(program: Command, open: Open, user: string, endWith: (code: number) => void): void {
  const replays = program
    .command('replays')
    .description('show and steer what was ordered by replay, rescore and shadow');
  replays
    .command('list', { isDefault: true })
    .description('the newest first (GET /replays)')
    .option('--size <number>', 'the newest so many')
    .action(async ({ size }: { size?: string }, command: Command) => {
      const session = open(command);
      const answer = await session.api.get<z.output<typeof replaysSchema>>('/replays', { size });
      show(session, answer, renderReplays);
    });
  const one = replays.command('show').argument('<id>').description('progress, ETA and result (GET /replays/{id})');
  waitOptions(one, 'it has ended').action(async (id: string, { wait, timeout }: WaitOptions) => {
    const session = open(one);
    finish(session, wait ? await waitForReplay(session, id, timeout) : await readReplay(session, id), endWith);
  });
  for (const [message, description] of [
    ['pause', 'bring to its end what is in hand, and hold'],
    ['resume', 'go on where it was, also after it was cancelled or has failed'],
    ['cancel', 'end behind what is in hand; what is done stays done'],
  ] as const) {
    const command = replays
      .command(message)
      .argument('<id>')
      .description(`${description} (POST /replays/{id}/${message})`);
    orderOptions(command, user).action(async (id: string, { reason, actor }: OrderNote) => {
      const session = open(command);
      const path = `/replays/${encodeURIComponent(id)}/${message}`;
      show(session, await session.api.post<Told>(path, given({ reason, actor })), (told, { say }) =>
        say(
          `replay ${told.id} is ${told.status}${told.acknowledged ? '' : '; the message was left for the next worker'}`,
        ),
      );
    });
  }
}

function scopeOptions(command: Command): Command {
  return command
    .option('--partitions <list>', 'only these, such as 0,2', toWholes)
    .option('--from <offset>', 'first offset, in each partition', toOffset)
    .option('--to <offset>', 'first offset that is left out again', toOffset)
    .option('--from-time <time>', 'what Kafka stamped then or later: ISO 8601, or now-1h')
    .option('--to-time <time>', 'what Kafka stamped before')
    .option('--records-per-second <number>', 'cap over all partitions', toWhole)
    .option('--dry-run', 'only count what is there');
}

async function toOrder(session: Session, options: ReplayOptions) {
  const { partitions, from, to, fromTime, toTime, recordsPerSecond, dryRun, reason, actor, requestId } = options;
  return {
    ...given({ partitions, from, to, from_time: fromTime, to_time: toTime, records_per_second: recordsPerSecond }),
    ...given({ dry_run: dryRun, reason, actor, rules: await readRules(session, options.rules) }),
    request_id: requestId ?? randomUUID(),
  };
}

async function readRules({ readText }: Session, path: string | undefined): Promise<unknown> {
  if (path === undefined) return undefined;
  try {
    return JSON.parse(await readText(path)) as unknown;
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    const wanted = 'a JSON object of rules is wanted, such as {"slow": 30}';
    throw new CliFailure(EXIT.usage, `${path} is no JSON (${(error as Error).message}): ${wanted}`);
  }
}

function readReplay({ api }: Session, id: string): Promise<Answer<ReplayView>> {
  return api.get<ReplayView>(`/replays/${encodeURIComponent(id)}`);
}

const OVER = ['done', 'cancelled', 'failed', 'stopped'];

function waitForReplay(session: Session, id: string, timeoutS: number): Promise<Answer<ReplayView>> {
  return waitUntilDone(session, `replay ${id}`, timeoutS, async () => {
    const answer = await readReplay(session, id);
    const { status, failing, progress } = answer.data;
    const eta = progress.eta_seconds === null ? '' : `, ${Math.ceil(progress.eta_seconds)} s to go`;
    const share = progress.percent === null ? undefined : progress.percent / 100;
    const why = failing ? `, ${failing.code}: ${failing.message}` : '';
    return { answer, done: OVER.includes(status), share, text: `${status}${eta}${why}` };
  });
}

/** Shows a replay; one that has ended otherwise than well is a problem. */
function finish(session: Session, answer: Answer<ReplayView>, endWith: (code: number) => void): void {
  show(session, answer, renderReplay);
  if (OVER.includes(answer.data.status) && answer.data.status !== 'done') endWith(EXIT.problem);
}

function renderStarted({ id, duplicate, workflow_id: workflow }: Started, { say }: Terminal): void {
  say(
    `replay ${id} was ${duplicate ? 'ordered before under this request id' : 'started'}, as workflow ${oneLine(workflow)}`,
  );
  say(`its progress: sluice replays show ${id} --wait`);
}
