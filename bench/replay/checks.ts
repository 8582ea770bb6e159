import type { Client } from '@elastic/elasticsearch';
import type { Client as Temporal } from '@temporalio/client';
import type { ReplayChunkInput, ReplayChunkResult } from '../../src/activities/replay-chunk';
import { replayWorkflowId, type ReplayPlan } from '../../src/domain/replay';

/** The highest sequence number of every shard: any write to any document raises one. */
export async function sequenceNumbers(elasticsearch: Client, prefix: string): Promise<Record<string, number>> {
  const { indices = {} } = await elasticsearch.indices.stats({ index: `${prefix}-2*`, level: 'shards' });
  const numbers: Record<string, number> = {};
  for (const [index, { shards = {} }] of Object.entries(indices)) {
    for (const [shard, copies] of Object.entries(shards)) {
      for (const { seq_no, routing } of copies) if (routing?.primary) numbers[`${index}/${shard}`] = seq_no!.max_seq_no;
    }
  }
  return numbers;
}

/** How many documents have which version. */
export async function countVersions(elasticsearch: Client, prefix: string): Promise<Record<string, number>> {
  const index = `${prefix}-2*`;
  await elasticsearch.indices.refresh({ index });
  const counts: Record<string, number> = {};
  for (let after: [number, number] | undefined; ;) {
    const { hits } = await elasticsearch.search({
      ...{ index, size: 10_000, version: true, _source: false, track_total_hits: false },
      sort: [{ 'kafka.partition': 'asc' }, { 'kafka.offset': 'asc' }],
      ...(after ? { search_after: after } : {}),
    });
    for (const { _version } of hits.hits) counts[_version!] = (counts[_version!] ?? 0) + 1;
    if (hits.hits.length === 0) return counts;
    after = hits.hits.at(-1)!.sort as [number, number];
  }
}

/** Deletes the documents of every second offset, so that a repair has something to write; how many. */
export async function deleteHalf(elasticsearch: Client, prefix: string): Promise<number> {
  const index = `${prefix}-2*`;
  // Elasticsearch remembers a deleted version for a minute, and refuses the same one again until then.
  await elasticsearch.indices.putSettings({ index, settings: { gc_deletes: '0ms' } });
  await elasticsearch.indices.refresh({ index });
  let deleted = 0;
  for (let after: [number, number] | undefined; ;) {
    const { hits } = await elasticsearch.search({
      ...{ index, size: 10_000, _source: false, track_total_hits: false },
      sort: [{ 'kafka.partition': 'asc' }, { 'kafka.offset': 'asc' }],
      ...(after ? { search_after: after } : {}),
    });
    const half = hits.hits.filter(({ sort }) => Number(sort![1]) % 2 === 0);
    const operations = half.map(({ _index, _id }) => ({ delete: { _index, _id: _id! } }));
    if (operations.length > 0) await elasticsearch.bulk({ operations });
    deleted += half.length;
    if (hits.hits.length === 0) break;
    after = hits.hits.at(-1)!.sort as [number, number];
  }
  await elasticsearch.indices.refresh({ index });
  return deleted;
}

/** What every run of a replay says that its steps have done, by partition and in order. */
export async function doneRanges(
  temporal: Temporal,
  topic: string,
  id: string,
): Promise<Map<number, [number, number][]>> {
  const workflowId = replayWorkflowId(topic, id);
  const ranges = new Map<number, [number, number][]>();
  for await (const { runId } of temporal.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    const { events } = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
    const inputs = new Map<string, ReplayChunkInput>();
    for (const { eventId, activityTaskScheduledEventAttributes: asked, ...event } of events ?? []) {
      if (asked?.activityType?.name === 'replayChunk')
        inputs.set(String(eventId), parse(asked.input?.payloads?.[0]?.data));
      const done = event.activityTaskCompletedEventAttributes;
      const input = done && inputs.get(String(done.scheduledEventId));
      if (!input) continue;
      const { next } = parse<ReplayChunkResult>(done.result?.payloads?.[0]?.data);
      if (next === input.from) continue;
      const own = ranges.get(input.partition) ?? [];
      ranges.set(input.partition, [...own, [Number(input.from), Number(next)]]);
    }
  }
  for (const own of ranges.values()) own.sort(([a], [b]) => a - b);
  return ranges;
}

/** What is wrong with the ranges that were done, held against the plan: every offset once. */
export function findTears(plan: ReplayPlan, done: Map<number, [number, number][]>): string[] {
  return plan.ranges.flatMap(({ partition, from, to }) => {
    let next = Number(from);
    const wrong: string[] = [];
    for (const [start, end] of done.get(partition) ?? []) {
      if (start !== next) wrong.push(`partition ${partition}: ${start} follows on ${next}`);
      next = end;
    }
    return next === Number(to) ? wrong : [...wrong, `partition ${partition}: ends at ${next}, not ${to}`];
  });
}

function parse<T>(data: Uint8Array | null | undefined): T {
  return JSON.parse(Buffer.from(data ?? []).toString('utf8')) as T;
}
