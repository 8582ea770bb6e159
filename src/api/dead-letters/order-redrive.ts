import { randomUUID } from 'node:crypto';
import type { LetterFilter } from '../../domain/dead-letter';
import type { RejectionCode } from '../../domain/record';
import { redriveWorkflowId } from '../../domain/redrive';
import { topicLink } from '../by-topic/topic-link';
import { workflowLinks } from '../pipeline/read-pipeline';
import type { AppDeps } from '../ports';
import { Problem } from '../problem';
import { resolveTime, type TimeExpression } from '../time';
import { invalidParameters } from '../validate';
import { previewRedrive } from './preview';

/** What a query or a body selects. */
interface Selection {
  partition?: number[] | undefined;
  reason?: RejectionCode[] | undefined;
  from?: TimeExpression | undefined;
  to?: TimeExpression | undefined;
  q?: string | undefined;
}

/** @throws Problem invalid_parameter when the time range runs backwards */
export function toLetterFilter({ partition, reason, from, to, q }: Selection, now: number): LetterFilter {
  const fromMs = resolveTime(from, now);
  const toMs = resolveTime(to, now);
  if (fromMs !== undefined && toMs !== undefined && fromMs > toMs) {
    throw invalidParameters([{ parameter: 'from', detail: 'must not be later than to' }]);
  }
  return { partitions: partition, codes: reason, text: q, fromMs, toMs };
}

export interface Wanted {
  filter: LetterFilter;
  editedBody?: Buffer | undefined;
  dry_run: boolean;
  actor: string;
  reason?: string | undefined;
}

export type RedriveDeps = Pick<AppDeps, 'settings' | 'deadLetters' | 'logger' | 'now'>;

/**
 * Orders a redrive of open letters, or says what it would do. The order is kept before its workflow starts, so that what
 * it selects and an edited body never travel through Temporal; until the workflow runs no letter is touched.
 *
 * @returns status and body of the answer
 */
export async function orderRedrive(deps: RedriveDeps, wanted: Wanted): Promise<{ status: number; body: object }> {
  const { settings, deadLetters, logger, now = Date.now } = deps;
  const { editedBody, actor, reason } = wanted;
  const filter: LetterFilter = { ...wanted.filter, states: ['open', 'redriving'] };
  if (wanted.dry_run) {
    const { byReason, ...preview } = await previewRedrive(deadLetters, filter, editedBody, now());
    return { status: 200, body: { dry_run: true, ...preview, by_reason: byReason } };
  }
  const operation = randomUUID();
  const selected = await deadLetters.search.count(filter);
  const orderedAt = new Date(now()).toISOString();
  await deadLetters.orders.write({ operation, filter: wanted.filter, editedBody, actor, reason, orderedAt, selected });
  await deadLetters.workflows.start(settings.topic, operation).catch((cause: unknown) => {
    const detail = `The redrive may have started: GET /pipeline/redrives/${operation} says so. Otherwise order it again.`;
    throw new Problem('temporal_unavailable', detail, [], { cause });
  });
  logger.info({ operation, actor, selected, edited: editedBody !== undefined }, 'redrive ordered');
  const body = {
    operation,
    url: topicLink(settings, `/pipeline/redrives/${operation}`),
    selected,
    ...redriveWorkflow(settings, operation),
  };
  return { status: 202, body };
}

/** Id and address of a redrive's workflow. */
export function redriveWorkflow(settings: AppDeps['settings'], operation: string) {
  const workflowId = redriveWorkflowId(operation);
  return workflowLinks(settings, workflowId);
}
