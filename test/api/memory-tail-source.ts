import type { TailRange, TailSource } from '../../src/api/tail/ports';
import type { LetterState } from '../../src/domain/dead-letter';
import { PipelineError } from '../../src/domain/errors';
import { parseDocumentId } from '../../src/domain/ids';
import type { StoredDocument } from './generated-logs';
import { selected, toHit } from './memory-log-search';

/** The stored logs as a tail reads them, over an array, with what a test may do to them. */
export interface MemoryTailSource extends TailSource {
  /** Acknowledged; a refresh makes them searchable. */
  pending: StoredDocument[];
  /** By partition and offset. */
  deadLetters: Map<string, { state: LetterState; kept: number; documents: number }>;
  /** How many searches were made, by kind. */
  asked: Record<'count' | 'read' | 'refresh', number>;
  down: boolean;
}

export function createMemoryTailSource(documents: readonly StoredDocument[] = []): MemoryTailSource {
  let stored = [...documents];
  const placed = (one: StoredDocument) => ({ ...parseDocumentId(one.id)!, one });
  const within =
    ({ generation, partition, from, to, fromPart = 0 }: TailRange) =>
    (one: StoredDocument) => {
      const { part = 0, ...id } = parseDocumentId(one.id)!;
      const isInside = id.offset >= from && id.offset < to && (id.offset > from || part >= fromPart);
      return id.generation === generation && id.partition === partition && isInside;
    };
  const check = () => {
    if (source.down) throw new PipelineError('elasticsearch_unavailable', 'down');
  };
  const inOrder = (a: StoredDocument, b: StoredDocument) => order(a) - order(b);
  const source: MemoryTailSource = {
    pending: [],
    deadLetters: new Map(),
    asked: { count: 0, read: 0, refresh: 0 },
    down: false,
    async count(ranges) {
      check();
      if (ranges.length > 0) source.asked.count += 1;
      return ranges.map(({ without = [], ...range }) => {
        const found = stored.filter(within(range));
        return found.filter((one) => !without.includes(parseDocumentId(one.id)!.offset)).length;
      });
    },
    async letters({ partition, from, to }) {
      const offsets = Array.from({ length: to - from }, (_, at) => from + at);
      return offsets.flatMap((offset) => {
        const letter = source.deadLetters.get(`${partition}/${offset}`);
        return letter ? [{ offset, ...letter }] : [];
      });
    },
    async refresh() {
      check();
      source.asked.refresh += 1;
      stored = [...stored, ...source.pending.splice(0)];
    },
    async read(ranges, filters, { size, after }) {
      check();
      source.asked.read += 1;
      const found = stored
        .filter((one) => ranges.some((range) => within(range)(one)))
        .map((one) => ({ one, matched: filters.flatMap((filter, at) => (selected(one.log, filter) ? [at] : [])) }))
        .filter(({ matched }) => matched.length > 0)
        .sort((a, b) => inOrder(a.one, b.one));
      const floor = after ? orderOf(...after) : -1;
      const page = found.filter(({ one }) => order(one) > floor).slice(0, size);
      const hits = page.map(({ one, matched }) => {
        const { partition, generation, offset, part } = placed(one);
        const { parts: of } = one.log.kafka as { parts?: number };
        const place = part === undefined || of === undefined ? undefined : { part, of };
        return { partition, generation, offset, place, log: toHit(one), matched };
      });
      const last = hits.length === size ? hits.at(-1) : undefined;
      const { partition = 0, generation = 1, offset = 0, place } = last ?? {};
      return { hits, after: last && ([partition, generation, offset, place?.part ?? 0] as const) };
    },
    async begins(range) {
      check();
      const offsets = stored.filter(within(range)).map((one) => parseDocumentId(one.id)!.offset);
      const hasEarlier = stored.some(within({ ...range, from: 0, to: range.from }));
      return { first: offsets.length > 0 ? Math.min(...offsets) : undefined, hasEarlier };
    },
    async since(timeMs, partitions) {
      check();
      const found = stored.filter(({ log }) => Date.parse(log.kafka.timestamp) >= timeMs).sort(inOrder);
      return new Map(
        partitions.flatMap((partition) => {
          const first = found.map(placed).find((one) => one.partition === partition);
          return first ? [[partition, { generation: first.generation, offset: first.offset }] as const] : [];
        }),
      );
    },
  };
  return source;
}

function order(one: StoredDocument): number {
  const { partition, generation, offset, part = 0 } = parseDocumentId(one.id)!;
  return orderOf(partition, generation, offset, part);
}

function orderOf(partition: number, generation: number, offset: number, part: number): number {
  return ((partition * 100 + generation) * 1e6 + offset) * 1e4 + part;
}
