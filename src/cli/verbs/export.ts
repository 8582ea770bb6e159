import { randomUUID } from 'node:crypto';
import { Option, type Command } from 'commander';
import type { z } from 'zod';
import type { exportStartedSchema } from '../../api/schemas/log-exports';
import { CliFailure, EXIT } from '../failures';
import { logFilterOptions, logFilters, toOrderFilter } from '../log-filters';
import { given, orderOptions, toWhole, waitOptions, type OrderNote, type WaitOptions } from '../options';
import { receiveExport, type Account } from '../receive-export';
import { fileSink, streamSink } from '../save-file';
import { show, type Open, type Session } from '../session';
import { downloadExport, finishExport, waitForExport } from './exports';
import { count } from './figures';

type Started = z.output<typeof exportStartedSchema>;

interface ExportOptions extends Omit<OrderNote, 'requestId'>, WaitOptions {
  orderId?: string;
  format: 'ndjson' | 'csv';
  fields?: string;
  sort?: string;
  limit?: number;
  output?: string;
  background?: boolean;
  cancelOnInterrupt?: boolean;
}

/** `sluice export`: GET /logs/export into a file or a pipe; with `--background` POST /logs/exports. */
export function addExportVerb(program: Command, open: Open, user: string, endWith: (code: number) => void): void {
  const command = program
    .command('export')
    .description('every log of a filter, checked at its end (GET /logs/export; --background: POST /logs/exports)');
  logFilterOptions(command)
    .addOption(new Option('--format <format>', 'how logs are written').choices(['ndjson', 'csv']).default('ndjson'))
    .option('--fields <list>', 'only these fields of each log, such as @timestamp,message')
    .option('--sort <order>', 'time, score, response_time_ms or status_code; - before it for the greatest first')
    .option('--limit <number>', 'most logs to write', toWhole)
    .option('--output <file>', 'write it here, once it is whole; standard output by default')
    .option('--background', 'as a workflow, which outlasts this command')
    .option('--order-id <id>', 'the same id twice is one order; --request-id is a filter here')
    .option('--cancel-on-interrupt', 'Ctrl-C cancels the workflow that is waited for');
  orderOptions(command, user);
  waitOptions(command, 'the workflow has ended');
  command.action(async (options: ExportOptions) => {
    const session = open(command);
    if (options.background) return inBackground(session, options, endWith);
    for (const name of ['wait', 'orderId', 'reason', 'cancelOnInterrupt'] as const) {
      if (options[name] !== undefined)
        throw new CliFailure(
          EXIT.usage,
          `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is for --background`,
        );
    }
    return directly(session, options);
  });
}

/** Straight into the file or the pipe; a file is there once its checksum agrees, and not before. */
async function directly(session: Session, options: ExportOptions): Promise<void> {
  const { api, terminal, json, out } = session;
  const { format, fields, sort, limit, output } = options;
  if (json && output === undefined)
    throw new CliFailure(EXIT.usage, '--json prints the account: give --output for the logs');
  const query = { ...logFilters({ ...options }), ...given({ format, fields, sort, limit: limit?.toString() }) };
  const answer = await api.open('/logs/export', query);
  const total = Number(answer.headers['x-sluice-total']);
  // On a terminal the logs themselves show how far it is.
  const progress = output === undefined && out.isTTY ? undefined : terminal.progress('export');
  const sink = output === undefined ? streamSink(out) : await fileSink(output);
  try {
    const account = await receiveExport(answer, format, sink, (bytes) =>
      progress?.update(undefined, `${count(Math.ceil(bytes / 1000))} kB; ${count(total)} logs match`),
    );
    await sink.keep();
    progress?.stop();
    if (json) return terminal.raw(JSON.stringify({ sluice_export: account }));
    terminal.note(describe(account, output));
  } catch (error) {
    progress?.stop();
    answer.destroy();
    await sink.drop();
    throw error;
  }
}

function describe({ count: written, total, complete, sha256 }: Account, output: string | undefined): string {
  const cut = complete ? '' : ` of ${count(total)}: its limit cut it, --limit raises it`;
  return `${count(written)} logs${cut}${output === undefined ? '' : ` in ${output}`}, sha256 ${sha256}`;
}

async function inBackground(session: Session, options: ExportOptions, endWith: (code: number) => void): Promise<void> {
  const { format, fields, sort, limit, output, reason, actor, orderId, wait, timeout } = options;
  const order = {
    ...given({ filter: toOrderFilter(logFilters({ ...options })), format, fields: fields?.split(',') }),
    ...given({ sort, limit, reason, actor }),
    request_id: orderId ?? randomUUID(),
  };
  const started = await session.api.post<Started>('/logs/exports', order);
  const { id, duplicate } = started.data;
  const was = duplicate ? 'was ordered before under this request id' : 'was started';
  if (!wait && output === undefined) {
    return show(session, started, (_, { say }) =>
      say(`export ${id} ${was}\nits file: sluice exports download ${id} --wait`),
    );
  }
  if (!session.json) session.terminal.note(`export ${id} ${was}`);
  const stopListening = options.cancelOnInterrupt ? cancelOnInterrupt(session, id, actor) : undefined;
  try {
    const answer = await waitForExport(session, id, timeout);
    if (output !== undefined && answer.data.status === 'done') await downloadExport(session, answer.data, output);
    finishExport(session, answer, endWith);
  } finally {
    stopListening?.();
  }
}

/** The wait goes on: it ends with what the export says of itself. */
function cancelOnInterrupt({ api, terminal, onInterrupt }: Session, id: string, actor: string): () => void {
  return onInterrupt(() => {
    terminal.note(`cancelling export ${id}`);
    void api
      .post(`/logs/exports/${id}/cancel`, { actor })
      .catch((error: unknown) => terminal.note((error as Error).message));
  });
}
