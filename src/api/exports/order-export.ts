import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import {
  exportWorkflowId,
  isExportOver,
  noExportProgress,
  type ExportOrder,
  type StoredExport,
} from '../../domain/export';
import { includes } from '../../keys/scope';
import type { Caller } from '../access/guard';
import { toFilter } from '../logs/filter';
import { workflowLinks } from '../pipeline/read-pipeline';
import type { AppDeps } from '../ports';
import { Problem } from '../problem';
import type { exportOrderBody } from '../schemas/log-exports';
import type { ExportDesk, ExportReading } from './ports';

export type LongExportDeps = Pick<AppDeps, 'settings' | 'logger' | 'now'> & { desk: ExportDesk };

type Wanted = z.output<typeof exportOrderBody>;

/**
 * Keeps an order and starts its workflow; a request id that was seen names the export that it made.
 *
 * @param asked the body as it came, to be shown
 * @throws Problem too_many_exports, invalid_body; PipelineError export_folder_unusable, export_disk_full, temporal_unavailable
 */
export async function placeExport(
  { desk, settings, logger, now = Date.now }: LongExportDeps,
  wanted: Wanted,
  asked: Record<string, unknown>,
): Promise<{ id: string; duplicate: boolean }> {
  const { topic } = settings;
  const order = orderOf(topic, wanted, asked, now());
  const { id, actor, format } = order;
  const known = order.requestId === undefined ? undefined : await desk.shelf.read(id);
  if (!known) await checkRoom(desk, topic);
  const savedAt = order.orderedAt;
  const fresh = known
    ? false
    : await desk.shelf.create({ order, status: 'ordered', progress: noExportProgress(), savedAt });
  if (fresh || known?.status === 'ordered') await desk.workflows.start(topic, id);
  // Not its filters: they may hold what somebody searched for.
  if (fresh) logger.info({ export: id, actor, format }, 'export ordered');
  return { id, duplicate: !fresh };
}

/** What says who orders and why, and is shown beside what was asked. */
const OF_THE_ORDER = new Set(['actor', 'reason', 'request_id']);

function orderOf(topic: string, wanted: Wanted, sent: Record<string, unknown>, nowMs: number): ExportOrder {
  const { filter, sort, fields, format, limit, actor, reason, request_id: requestId } = wanted;
  const asked = Object.fromEntries(Object.entries(sent).filter(([name]) => !OF_THE_ORDER.has(name)));
  // The id of a request is its key holder's own: nobody meets the export of somebody else by it.
  const id = requestId === undefined ? newId(nowMs) : `r-${digest(`${topic} ${actor} ${requestId}`)}`;
  return {
    ...{ id, topic, filter: filterOf(filter, nowMs), sort, fields, format, limit },
    ...{ asked, actor, reason, requestId, orderedAt: new Date(nowMs).toISOString() },
  };
}

/** @throws Problem invalid_body when the time range runs backwards */
function filterOf(query: Parameters<typeof toFilter>[0], nowMs: number): ExportOrder['filter'] {
  try {
    return toFilter(query, nowMs);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const parts = error.parts.map(({ parameter, detail }) => ({ pointer: `/filter/${parameter}`, detail }));
    const detail = parts.map((part) => `${part.pointer}: ${part.detail}`).join('; ');
    throw new Problem('invalid_body', detail, parts, { cause: error });
  }
}

/** Orders that come at the same moment may be one or two more: it keeps a client from filling disk and workers. */
async function checkRoom({ shelf, maxOpen }: ExportDesk, topic: string): Promise<void> {
  const open = (await shelf.list(topic)).filter(({ status }) => !isExportOver(status)).length;
  if (open < maxOpen) return;
  throw new Problem(
    'too_many_exports',
    `${open} exports are under way, at most ${maxOpen} may be. Wait, or cancel one.`,
  );
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 20);
}

/** Sorts by time, and is another one for each request of a second. */
function newId(nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/\D/g, '');
  return `${time.slice(0, 8)}-${time.slice(8, 14)}-${randomBytes(3).toString('hex')}`;
}

/** A key sees and steers the exports that it has ordered; from `operate` on those of everybody. */
export function maySee(caller: Caller | undefined, { order }: Pick<StoredExport, 'order'>): boolean {
  return caller === undefined || includes(caller.scope, 'operate') || order.actor === caller.name;
}

/** @throws Problem export_not_found, also for what is somebody else's */
export async function findExport(
  { desk, settings }: Pick<LongExportDeps, 'desk' | 'settings'>,
  id: string,
  caller: Caller | undefined,
): Promise<StoredExport> {
  const stored = await desk.shelf.read(id);
  if (stored?.order.topic === settings.topic && maySee(caller, stored)) return stored;
  throw new Problem('export_not_found', `There is no export ${id}, or none any more.`);
}

/** A workflow that ends takes no message any more, and no other one can be started until it has ended. */
const ENDING_MS = 5000;
const LOOK_MS = 100;

/**
 * Lets an export that failed, or whose workflow was ended by hand, go on where it was.
 *
 * @throws Problem export_over when it is done, or was cancelled and has no parts any more
 */
export async function continueExport({ desk, settings, logger }: LongExportDeps, id: string): Promise<void> {
  await untilEnded({ desk, settings }, id);
  const stored = await desk.shelf.read(id);
  if (!stored || stored.status === 'done' || stored.status === 'cancelled') {
    throw new Problem('export_over', `The export is ${stored?.status ?? 'gone'}: order a new one.`);
  }
  await desk.shelf.update(id, { status: 'ordered', failure: null });
  await desk.workflows.start(settings.topic, id);
  logger.info({ export: id }, 'export goes on');
}

async function untilEnded(
  { desk, settings }: Pick<LongExportDeps, 'desk' | 'settings'>,
  id: string,
): Promise<ExportReading> {
  for (const deadline = Date.now() + ENDING_MS; Date.now() < deadline; await sleep(LOOK_MS)) {
    const reading = await desk.workflows.read(settings.topic, id);
    if (reading.execution === 'closed' || reading.execution === 'missing') return reading;
  }
  throw new Problem('temporal_unavailable', 'The export is just ending. Send it again in a few seconds.');
}

/** Id and address of an export's workflow. */
export function exportWorkflow(settings: AppDeps['settings'], id: string) {
  return workflowLinks(settings, exportWorkflowId(settings.topic, id));
}
