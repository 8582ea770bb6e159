import type { Command } from 'commander';
import type { z } from 'zod';
import type { exportMessageSchema, longExportsSchema, LongExportView } from '../../api/schemas/log-exports';
import type { Answer } from '../api';
import { CliFailure, EXIT } from '../failures';
import { given, orderOptions, waitOptions, type OrderNote, type WaitOptions } from '../options';
import { fileSink } from '../save-file';
import { show, type Open, type Session } from '../session';
import { oneLine, type Terminal } from '../terminal';
import { waitUntilDone } from '../wait';
import { count } from './figures';

type Told = z.output<typeof exportMessageSchema>;

/** `sluice exports`: shows, steers and fetches what `sluice export --background` has ordered. */
export function addExportsVerbs(program: Command, open: Open, user: string, endWith: (code: number) => void): void {
  const exports = program.command('exports').description('show, steer and fetch exports that run as a workflow');
  exports
    .command('list', { isDefault: true })
    .description('the newest first (GET /logs/exports)')
    .option('--size <number>', 'the newest so many')
    .action(async ({ size }: { size?: string }, command: Command) => {
      const session = open(command);
      show(
        session,
        await session.api.get<z.output<typeof longExportsSchema>>('/logs/exports', { size }),
        renderExports,
      );
    });
  const one = exports.command('show').argument('<id>').description('progress and result (GET /logs/exports/{id})');
  waitOptions(one, 'it has ended').action(async (id: string, { wait, timeout }: WaitOptions) => {
    const session = open(one);
    finishExport(session, wait ? await waitForExport(session, id, timeout) : await readExport(session, id), endWith);
  });
  for (const [message, description] of [
    ['pause', 'end behind a whole part, and hold'],
    ['resume', 'go on where it was, also after it has failed'],
    ['cancel', 'end, and remove what is written'],
  ] as const) {
    const command = exports
      .command(message)
      .argument('<id>')
      .description(`${description} (POST /logs/exports/{id}/${message})`);
    orderOptions(command, user).action(async (id: string, { reason, actor }: OrderNote) => {
      const session = open(command);
      const path = `/logs/exports/${encodeURIComponent(id)}/${message}`;
      show(session, await session.api.post<Told>(path, given({ reason, actor })), (told, { say }) => {
        const left = told.acknowledged ? '' : '; the message was left for the next worker';
        say(`export ${told.id} is ${told.status}${left}`);
      });
    });
  }
  const download = exports
    .command('download')
    .argument('<id>')
    .description('its file (GET /logs/exports/{id}/file)')
    .requiredOption('--output <file>', 'write it here, once its checksum agrees');
  waitOptions(download, 'it has ended').action(async (id: string, options: WaitOptions & { output: string }) => {
    const session = open(download);
    const answer = options.wait ? await waitForExport(session, id, options.timeout) : await readExport(session, id);
    if (!answer.data.result) {
      finishExport(session, answer, endWith);
      return endWith(EXIT.problem);
    }
    await downloadExport(session, answer.data, options.output);
    finishExport(session, answer, endWith);
  });
}

function readExport({ api }: Session, id: string): Promise<Answer<LongExportView>> {
  return api.get<LongExportView>(`/logs/exports/${encodeURIComponent(id)}`);
}

const OVER = ['done', 'cancelled', 'failed', 'stopped'];

/** Waits until an export has ended, well or not. */
export function waitForExport(session: Session, id: string, timeoutS: number): Promise<Answer<LongExportView>> {
  return waitUntilDone(session, `export ${id}`, timeoutS, async () => {
    const answer = await readExport(session, id);
    const { status, failing, progress } = answer.data;
    const eta = progress.eta_seconds === null ? '' : `, ${progress.eta_seconds} s to go`;
    const share = progress.percent === null ? undefined : progress.percent / 100;
    const why = failing ? `, ${failing.code}: ${failing.message}` : '';
    return { answer, done: OVER.includes(status), share, text: `${status}, ${count(progress.logs)} logs${eta}${why}` };
  });
}

/** Fetches the file of a finished export. @throws CliFailure problem when it is not what its checksum says */
export async function downloadExport(session: Session, { id, result }: LongExportView, output: string): Promise<void> {
  const { api, terminal } = session;
  const { bytes, sha256 } = result!;
  const answer = await api.open(`/logs/exports/${encodeURIComponent(id)}/file`);
  const progress = terminal.progress('download');
  const sink = await fileSink(output);
  try {
    for await (const piece of answer) {
      await sink.write(piece as Buffer);
      progress.update(bytes === 0 ? 1 : sink.bytes / bytes, '');
    }
    if (sink.sha256() !== sha256)
      throw new CliFailure(EXIT.problem, 'what came is not what was sent: checksums differ');
    await sink.keep();
  } catch (error) {
    answer.destroy();
    await sink.drop();
    if (error instanceof CliFailure) throw error;
    const why = `the file ended before its end (${(error as Error).message}): try again`;
    throw new CliFailure(EXIT.problem, why, undefined, { cause: error });
  } finally {
    progress.stop();
  }
  terminal.note(`${count(result!.logs)} logs in ${output}, sha256 ${sha256}`);
}

/** Shows an export; one that has ended otherwise than well is a problem. */
export function finishExport(session: Session, answer: Answer<LongExportView>, endWith: (code: number) => void): void {
  show(session, answer, renderExport);
  if (OVER.includes(answer.data.status) && answer.data.status !== 'done') endWith(EXIT.problem);
}

function renderExport(view: LongExportView, { colours, say }: Terminal): void {
  const { id, status, format, progress, result, failing, restarts, pause } = view;
  const eta = progress.eta_seconds === null ? '' : `, ${progress.eta_seconds} s to go`;
  say(`export ${id}: ${status}, ordered at ${view.ordered_at} by ${oneLine(view.actor)}`);
  say(`${count(progress.logs)} of ${count(progress.wanted)} logs as ${format}, ${count(progress.bytes)} bytes${eta}`);
  if (pause?.reason) say(oneLine(`paused: ${pause.reason}`));
  if (restarts > 0) say(colours.warn(`begun anew ${restarts} times: its frozen view was gone`));
  if (failing) say(colours.warn(oneLine(`${failing.code}: ${failing.message}`)));
  if (!result) return;
  if (!result.complete) say(colours.warn(`its limit cut it: ${count(result.total)} logs matched`));
  say(`sha256 ${result.sha256}; kept until ${view.expires_at}`);
  say(`its file: sluice exports download ${id} --output FILE`);
}

function renderExports({ exports }: z.output<typeof longExportsSchema>, { say, table }: Terminal): void {
  if (exports.length === 0) return say('there are no exports');
  table(
    [
      ...['id', 'status', 'format', 'by', 'ordered'].map((head) => ({ head })),
      ...['done', 'logs', 'bytes'].map((head) => ({ head, numeric: true })),
    ],
    exports.map(({ id, status, format, actor, ordered_at: at, progress }) => [
      ...[id, status, format, oneLine(actor), at],
      ...[progress.percent === null ? '-' : `${progress.percent}%`, count(progress.logs), count(progress.bytes)],
    ]),
  );
}
