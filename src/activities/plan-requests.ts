import type { BulkPart } from './ports';
import type { PreparedBatch } from './prepare-batch';

/** Items of one part that go out in one request. */
export interface PlannedRequest {
  part: BulkPart;
  /** Per item of the part, its record's position in the batch. */
  positions: number[];
  items: number[];
}

/**
 * Bytes of one request: large enough that a request costs nothing beside its documents, and small enough that two of them
 * keep two cores of Elasticsearch busy with what one batch holds (docs/performance.md).
 */
const REQUEST_BYTES = 5 * 1024 * 1024;

/** From so many documents on there are two requests at least: Elasticsearch takes one for one shard with one thread. */
const MIN_HALVED = 5000;

/** No request of a later attempt is made smaller than this for its number. */
const MIN_REQUEST_ITEMS = 500;

/**
 * The requests that bring a batch to Elasticsearch: of each part the items without a fate, in order, in shares of equal
 * number. Twice as many with each further attempt: a batch that Elasticsearch cannot take within the limit of one request, as
 * on the minutes after a start, then settles piece by piece.
 *
 * @param attempt from 1
 */
export function planRequests(
  { parts, positions }: Pick<PreparedBatch, 'parts' | 'positions'>,
  isSettled: (position: number) => boolean,
  attempt: number,
): PlannedRequest[] {
  return parts.flatMap((part, number) => {
    const own = positions[number]!;
    const pending: number[] = [];
    let bytes = 0;
    own.forEach((position, item) => {
      if (isSettled(position)) return;
      pending.push(item);
      bytes += part.starts[item + 1]! - part.starts[item]!;
    });
    const size = Math.ceil(pending.length / requestsFor(pending.length, bytes, attempt));
    const requests: PlannedRequest[] = [];
    for (let start = 0; start < pending.length; start += size) {
      requests.push({ part, positions: own, items: pending.slice(start, start + size) });
    }
    return requests;
  });
}

function requestsFor(items: number, bytes: number, attempt: number): number {
  const least = items >= MIN_HALVED ? 2 : 1;
  const first = Math.max(least, Math.min(items, Math.ceil(bytes / REQUEST_BYTES)));
  return Math.max(first, Math.min(first * 2 ** (attempt - 1), Math.floor(items / MIN_REQUEST_ITEMS)));
}
