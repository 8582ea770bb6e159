import type { estypes } from '@elastic/elasticsearch';
import type { ContextRequest, LogContext, LogHit } from '../api/logs/ports';
import { parseDocumentId } from '../domain/ids';
import { logsOf } from './log-text';
import { isPartial, type Ask } from './search-answer';
import type { Query } from './search-query';

type Order = 'asc' | 'desc';

/** The records on both sides of one, in an order that no two records are equal in. */
export async function searchContext(ask: Ask, request: ContextRequest, signal?: AbortSignal): Promise<LogContext> {
  const [before, after] = await Promise.all([
    side(ask, request, 'desc', request.before, signal),
    side(ask, request, 'asc', request.after, signal),
  ]);
  return {
    tookMs: Math.max(before.tookMs, after.tookMs),
    partial: before.partial || after.partial,
    before: logsOf(before.hits.reverse()),
    after: logsOf(after.hits),
    moreBefore: before.more,
    moreAfter: after.more,
  };
}

async function side(ask: Ask, request: ContextRequest, order: Order, size: number, signal?: AbortSignal) {
  const answer = await ask(
    {
      query: { bool: { filter: neighbours(request) } },
      ...place(request, order),
      // One more than is shown tells whether there are more.
      size: size + 1,
      track_total_hits: false,
      ...(request.fields ? { _source_includes: [...request.fields] } : {}),
    },
    signal,
  );
  const { hits } = answer.hits;
  return { tookMs: answer.took, partial: isPartial(answer), hits: hits.slice(0, size), more: hits.length > size };
}

function neighbours({ anchor, by }: ContextRequest): Query[] {
  const { generation, partition } = parseDocumentId(anchor.id)!;
  return by.flatMap((shared): Query[] => {
    if (shared === 'service') return [{ term: { service: anchor['service'] as string } }];
    if (shared === 'request') return [{ term: { request_id: anchor['request_id'] as string } }];
    return [{ term: { 'kafka.partition': partition } }, ofGeneration(generation)];
  });
}

/** Records of the first generation do not say so. */
export function ofGeneration(generation: number): Query {
  if (generation > 1) return { term: { 'kafka.generation': generation } };
  return { bool: { must_not: [{ range: { 'kafka.generation': { gt: 1 } } }] } };
}

function place({ anchor, by }: ContextRequest, order: Order): { sort: estypes.Sort; search_after: number[] } {
  const { generation, partition, offset, part = 0 } = parseDocumentId(anchor.id)!;
  const byOffset = { 'kafka.offset': { order, unmapped_type: 'long' } } as const;
  const byPart = { 'kafka.part': { order, unmapped_type: 'short', missing: 0 } } as const;
  if (by.includes('partition')) return { sort: [byOffset, byPart], search_after: [offset, part] };
  return {
    sort: [
      { 'kafka.timestamp': { order, unmapped_type: 'date' } },
      { 'kafka.partition': { order, unmapped_type: 'integer' } },
      { 'kafka.generation': { order, unmapped_type: 'short', missing: 1 } },
      byOffset,
      byPart,
    ],
    search_after: [kafkaTime(anchor), partition, generation, offset, part],
  };
}

function kafkaTime({ kafka }: LogHit): number {
  const { timestamp } = kafka as { timestamp: number | string };
  return typeof timestamp === 'number' ? timestamp : Date.parse(timestamp);
}
