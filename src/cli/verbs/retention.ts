import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { z } from 'zod';
import type { RetentionRunView, retentionStartedSchema, RetentionView } from '../../api/schemas/retention';
import type { Answer } from '../api';
import { EXIT } from '../failures';
import { given, orderOptions, requestIdOption, waitOptions, type OrderNote, type WaitOptions } from '../options';
import { show, type Open, type Session } from '../session';
import { oneLine, type Terminal } from '../terminal';
import { waitUntilDone } from '../wait';
import { count } from './figures';

type Started = z.output<typeof retentionStartedSchema>;
interface RunOptions extends OrderNote, WaitOptions {
  dryRun?: boolean;
}

/** `sluice retention`: GET /retention; `sluice retention run` is POST /retention/runs, `run-show` its result. */
export function addRetentionVerbs(program: Command, open: Open, user: string, endWith: (code: number) => void): void {
  const retention = program.command('retention').description('what is kept, and what is past its age');
  retention
    .command('show', { isDefault: true })
    .description('which indices go next, and what is not as it should be (GET /retention)')
    .action(async (_options: object, command: Command) => {
      const session = open(command);
      show(session, await session.api.get<RetentionView>('/retention'), renderRetention);
    });

  const run = retention
    .command('run')
    .description('delete what is past its age now, as the schedule does every hour (POST /retention/runs)')
    .option('--dry-run', 'delete nothing, and only say what would go');
  requestIdOption(orderOptions(run, user));
  waitOptions(run, 'the run has ended').action(async ({ wait, timeout, dryRun, ...note }: RunOptions) => {
    const session = open(run);
    const { requestId = randomUUID(), reason, actor } = note;
    const body = given({ dry_run: dryRun, request_id: requestId, reason, actor });
    const started = await session.api.post<Started>('/retention/runs', body);
    if (!wait) return show(session, started, renderStarted);
    if (!session.json) renderStarted(started.data, session.terminal);
    finish(session, await waitForRun(session, started.data.id, timeout), endWith);
  });

  const one = retention
    .command('run-show')
    .argument('<id>', 'as `sluice retention run` gave it')
    .description('result of a run (GET /retention/runs/{id})');
  waitOptions(one, 'the run has ended').action(async (id: string, { wait, timeout }: WaitOptions) => {
    const session = open(one);
    finish(session, wait ? await waitForRun(session, id, timeout) : await readRun(session, id), endWith);
  });
}

function readRun({ api }: Session, id: string): Promise<Answer<RetentionRunView>> {
  return api.get<RetentionRunView>(`/retention/runs/${encodeURIComponent(id)}`);
}

function waitForRun(session: Session, id: string, timeoutS: number): Promise<Answer<RetentionRunView>> {
  return waitUntilDone(session, `retention run ${id}`, timeoutS, async () => {
    const answer = await readRun(session, id);
    const { status } = answer.data;
    return { answer, done: status !== 'running', text: status };
  });
}

/** Shows a run; one that has not ended well is a problem. */
function finish(session: Session, answer: Answer<RetentionRunView>, endWith: (code: number) => void): void {
  show(session, answer, renderRun);
  if (['failed', 'cancelled'].includes(answer.data.status)) endWith(EXIT.problem);
}

function renderStarted({ id, dry_run: dry, workflow_id: workflow }: Started, { say }: Terminal): void {
  say(`retention run ${id}${dry ? ', a dry one,' : ''} was started, as workflow ${oneLine(workflow)}`);
  say(`its result: sluice retention run-show ${id} --wait`);
}

function renderRun({ id, status, result }: RetentionRunView, { say, table }: Terminal): void {
  say(`retention run ${id}: ${status}`);
  if (!result) return;
  const kinds = [
    ['logs', result.logs],
    ['dead letters', result.dead_letters],
  ] as const;
  for (const [name, { oldest_kept: oldest, kept_indices: kept, expired, omitted }] of kinds) {
    const gone = result.dry_run ? 'would go' : 'gone';
    say(`${name}: kept from ${oldest} on, ${count(kept)} indices; ${count(expired.length + omitted)} ${gone}`);
  }
  if (result.merging?.length) say(oneLine(`being merged: ${result.merging.join(', ')}`));
  const rows = kinds.flatMap(([, { expired }]) => expired.map(({ index, documents }) => [index, count(documents)]));
  if (rows.length > 0) table([{ head: 'index' }, { head: 'documents', numeric: true }], rows);
}

function renderRetention(view: RetentionView, { colours, say, table }: Terminal): void {
  const { missing, schedule, logs, dead_letters: letters, drift, warnings } = view;
  if (missing.length > 0) say(colours.warn(`did not answer: ${missing.join(', ')}`));
  const next = schedule?.next_run_at ? `, next at ${schedule.next_run_at}` : '';
  if (schedule) say(oneLine(`schedule ${schedule.id}: ${schedule.paused ? 'paused' : `runs${next}`}`));
  if (schedule?.paused && schedule.note) say(colours.warn(oneLine(schedule.note)));
  const indices = [...(logs?.indices ?? []), ...(letters?.indices ?? [])];
  table(
    [
      ...['index', 'day', 'goes at'].map((head) => ({ head })),
      ...['documents', 'bytes'].map((head) => ({ head, numeric: true })),
    ],
    indices.map((one) => [one.index, one.day, one.expires_at, count(one.documents), count(one.bytes)]),
  );
  for (const { where, path, shipped, found } of drift ?? []) {
    say(colours.warn(oneLine(`${where}: ${path} is ${found ?? 'missing'}, shipped as ${shipped}`)));
  }
  for (const warning of warnings) say(colours.warn(oneLine(warning)));
}
