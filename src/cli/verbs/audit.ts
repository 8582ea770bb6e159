import type { Command } from 'commander';
import type { z } from 'zod';
import type { auditStartedSchema, AuditView } from '../../api/schemas/audit';
import type { Answer } from '../api';
import { EXIT } from '../failures';
import { given, toOffset, toWholes, waitOptions, type WaitOptions } from '../options';
import { show, type Open, type Session } from '../session';
import { oneLine, type Terminal } from '../terminal';
import { waitUntilDone } from '../wait';
import { count } from './figures';

interface AuditOptions extends WaitOptions {
  partitions?: number[];
  from?: string;
  to?: string;
}

/** `sluice audit`, which is `start`, and `show`: POST /pipeline/audit and GET /pipeline/audits/{id}. */
export function addAuditVerbs(program: Command, open: Open, endWith: (code: number) => void): void {
  const audit = program.command('audit').description('hold the ledger against what is there');
  const start = audit
    .command('start', { isDefault: true })
    .description('start one (POST /pipeline/audit); with --wait exit code 4 when it differs')
    .option('--partitions <list>', 'only these, such as 0,2', toWholes)
    .option('--from <offset>', 'first offset to judge, in each partition', toOffset)
    .option('--to <offset>', 'first offset that is not judged any more', toOffset);
  waitOptions(start, 'the audit has ended');
  start.action(async ({ partitions, from, to, wait, timeout }: AuditOptions, command: Command) => {
    const session = open(command);
    const body = given({ partitions, from, to });
    const started = await session.api.post<z.output<typeof auditStartedSchema>>('/pipeline/audit', body);
    if (!wait) return show(session, started, renderStarted);
    const { id } = started.data;
    if (!session.json) session.terminal.note(`audit ${id} was started`);
    finish(session, await waitForAudit(session, id, timeout), endWith);
  });

  const one = audit
    .command('show')
    .argument('<id>', 'as `sluice audit` gave it')
    .description('progress and result of an audit (GET /pipeline/audits/{id}); exit code 4 when it differs');
  waitOptions(one, 'the audit has ended');
  one.action(async (id: string, { wait, timeout }: WaitOptions, command: Command) => {
    const session = open(command);
    finish(session, wait ? await waitForAudit(session, id, timeout) : await readAudit(session, id), endWith);
  });
}

function readAudit({ api }: Session, id: string): Promise<Answer<AuditView>> {
  return api.get<AuditView>(`/pipeline/audits/${encodeURIComponent(id)}`);
}

function waitForAudit(session: Session, id: string, timeoutS: number): Promise<Answer<AuditView>> {
  return waitUntilDone(session, `audit ${id}`, timeoutS, async () => {
    const answer = await readAudit(session, id);
    const { status, progress, failing } = answer.data;
    const text = failing ? `${failing.code}: ${failing.message}` : `${count(progress.judged)} partitions judged`;
    const share = progress.percent === null ? undefined : progress.percent / 100;
    return { answer, done: status !== 'running', share, text };
  });
}

function finish(session: Session, answer: Answer<AuditView>, endWith: (code: number) => void): void {
  show(session, answer, renderAudit);
  const { status, result } = answer.data;
  if (status === 'failed' || status === 'cancelled') endWith(EXIT.problem);
  else if (result?.verdict === 'differences') endWith(EXIT.differences);
}

function renderStarted({ id, workflow_id: workflow }: z.output<typeof auditStartedSchema>, { say }: Terminal): void {
  say(`audit ${id} was started, as workflow ${workflow}`);
  say(`its result: sluice audit show ${id} --wait`);
}

const COUNTS = [
  'documents',
  'letters',
  'filtered',
  'void',
  'expired',
  'missing',
  'incomplete',
  'doubled',
  'foreign',
] as const;

function renderAudit({ id, status, progress, failing, result }: AuditView, terminal: Terminal): void {
  const { colours, say, table } = terminal;
  const percent = progress.percent === null ? '' : `, ${Math.floor(progress.percent)}%`;
  say(`audit ${id}: ${status}${status === 'running' ? percent : ''}`);
  if (failing) say(colours.warn(oneLine(`${failing.code}: ${failing.message}`)));
  if (!result) return;
  const paint = result.verdict === 'clean' ? colours.good : colours.bad;
  table(
    [
      ...[{ head: 'partition' }, { head: 'verdict' }],
      ...['from', 'to', ...COUNTS, 'unverifiable'].map((head) => ({ head, numeric: true })),
    ],
    result.partitions.map(({ partition, verdict, from, to, counts }) => [
      ...[String(partition), verdict, from, to],
      ...[...COUNTS, 'unverifiable' as const].map((name) => count(counts[name])),
    ]),
  );
  if (result.omitted_partitions > 0) say(`and ${result.omitted_partitions} partitions more`);
  for (const kind of ['missing', 'doubled', 'unverifiable'] as const) {
    for (const { partition, from, to } of result.names[kind]) {
      say(`${kind}: partition ${partition}, offsets ${from} to ${Number(to) - 1}`);
    }
  }
  for (const { index, id: document, reason } of result.names.foreign) {
    say(oneLine(`foreign: ${document} in ${index}: ${reason}`));
  }
  say(paint(result.verdict === 'clean' ? 'clean: every offset has its one fate' : 'there are differences'));
}
