import type { LogFilter } from '../../../src/api/logs/ports';
import { Problem } from '../../../src/api/problem';
import { parsePosition } from '../../../src/api/tail/position';
import { Tail } from '../../../src/api/tail/tail';
import { Tails, type TailOptions, type TailSettings } from '../../../src/api/tail/tails';
import { waitFor } from '../../support/wait-for';
import { createStage, everything, logAt, readEvents, silent } from './stage';

const stop: AbortController[] = [];
afterEach(() => {
  for (const controller of stop.splice(0)) controller.abort();
});

function setUp(changes: Partial<TailSettings> = {}, times: Record<string, number> = {}) {
  const stage = createStage();
  stage.open(0);
  stage.open(1);
  const counts = { open: 0, sent: 0, dropped: 0 };
  const stopping = new AbortController();
  stop.push(stopping);
  const tails = new Tails({
    settings: { maxTails: 3, bufferBytes: 64 * 1024, maxBehind: 1000, maxMs: 60_000, ...changes },
    ...{ readLedgers: stage.readLedgers, source: stage.source, logger: silent, counts, stopping: stopping.signal },
    times: { round: 1, ledger: 0, ...times },
  });
  const open = (after?: string, filter: LogFilter = everything, sinceMs?: number, options?: TailOptions) => {
    const left = new AbortController();
    const start = { after: after === undefined ? undefined : parsePosition(after), sinceMs };
    const stream = tails.open(filter, start, left.signal, options);
    return { left, stream };
  };
  const follow = (...given: Parameters<typeof open>) => {
    const { stream, left } = open(...given);
    return { ...readEvents(stream), left, stream };
  };
  return { stage, counts, stopping, tails, open, follow };
}

const live = (reader: ReturnType<typeof readEvents>) =>
  waitFor(async () => reader.events('state').some(({ data }) => data['state'] === 'live'), 5000);

describe('a stream of logs', () => {
  it('says when to come back and what it waits for, and then gives what comes in', async () => {
    const { stage, counts, follow } = setUp();
    const reader = follow();
    await live(reader);
    stage.book(0, { indexed: 2 });
    await stage.refresh();
    await waitFor(async () => reader.logs().length === 2, 5000);
    expect(reader.seen.text).toMatch(/^retry: 2000\n\nevent: state\ndata: \{"state":"waiting","code":"starting"/);
    expect(reader.logs()).toEqual(['1/0/0', '1/0/1']);
    expect(reader.events('log').map(({ id }) => id)).toEqual(['1,0', '2,0']);
    expect(counts).toEqual({ open: 1, sent: 2, dropped: 0 });
  });

  it('goes on behind any event without a gap and without a log twice', async () => {
    const { stage, follow } = setUp();
    stage.book(0, { indexed: 30 });
    stage.book(1, { indexed: 30 });
    await stage.refresh();
    const first = follow('0,0');
    await waitFor(async () => first.logs().length === 60, 5000);
    for (const { id } of first.events('log').filter((_, at) => at % 7 === 0)) {
      const at = first.events('log').findIndex((event) => event.id === id);
      const second = follow(id);
      await waitFor(async () => second.logs().length >= 59 - at, 5000);
      expect(second.logs()).toEqual(first.logs().slice(at + 1));
      second.left.abort();
    }
  });

  it('catches up with many partitions in several searches', async () => {
    const { stage, follow } = setUp();
    for (let partition = 0; partition < 250; partition += 1) {
      stage.open(partition);
      stage.book(partition, { indexed: 2 });
    }
    await stage.refresh();
    const reader = follow(Array(250).fill('1').join(','));
    await waitFor(async () => reader.logs().length >= 250, 5000);
    expect(reader.logs()).toEqual(Array.from({ length: 250 }, (_, partition) => `1/${partition}/1`));
    stage.book(7, { indexed: 1 });
    await stage.refresh();
    await waitFor(async () => reader.logs().length === 251, 5000);
  });

  it('begins at a time', async () => {
    const { stage, follow } = setUp();
    stage.book(0, { indexed: 3 });
    await stage.refresh();
    const reader = follow(undefined, everything, 0);
    await waitFor(async () => reader.logs().length === 3, 5000);
  });

  it('names what retention has deleted before its place', async () => {
    const { stage, follow } = setUp();
    stage.open(0, { next: 10, documents: 10 });
    stage.source.pending.push(...[7, 8, 9].map((offset) => logAt(0, offset)));
    await stage.refresh();
    const reader = follow('2,0');
    await waitFor(async () => reader.logs().length === 3, 5000);
    const ranges = [{ partition: 0, generation: 1, from: 2, to: 7 }];
    expect(reader.events('missing').map(({ data }) => data)).toEqual([{ reason: 'not_stored', ranges }]);
  });

  it('goes on over the lives of a topic, and names those whose end nobody knows any more', async () => {
    const { stage, follow } = setUp();
    stage.open(0, { next: 4, documents: 4, generation: 2 });
    stage.source.pending.push(...[0, 1, 2, 3].map((offset) => logAt(0, offset, 2)));
    stage.rebind(0);
    stage.book(0, { indexed: 2 });
    await stage.refresh();
    const known = follow('2.2,0');
    await waitFor(async () => known.logs().length === 4, 5000);
    expect(known.logs()).toEqual(['2/0/2', '2/0/3', '3/0/0', '3/0/1']);
    const unknown = follow('1.5,0');
    await waitFor(async () => unknown.logs().length === 6, 5000);
    const ranges = [{ partition: 0, generation: 1, from: 5, to: null }];
    expect(unknown.events('missing').map(({ data }) => data)).toEqual([{ reason: 'generation_unknown', ranges }]);
  });

  it('leaves out what lies too far behind, and says how much', async () => {
    const { stage, counts, follow } = setUp({ maxBehind: 4 });
    stage.book(0, { indexed: 10 });
    await stage.refresh();
    const reader = follow('0,0');
    await waitFor(async () => reader.logs().length === 4, 5000);
    expect(reader.logs()[0]).toBe('1/0/6');
    const ranges = [{ partition: 0, generation: 1, from: 0, to: 6 }];
    expect(reader.events('dropped').map(({ data, id }) => ({ ...data, id }))).toEqual([
      { reason: 'too_far_behind', offsets: 6, ranges, id: '6,0' },
    ]);
    expect(counts.dropped).toBe(6);
  });

  it('steps back from a place that Kafka does not have', async () => {
    const { stage, follow } = setUp();
    stage.ends = new Map([
      [0, 5],
      [1, 5],
    ]);
    const reader = follow('900000,5,3');
    await waitFor(async () => reader.events('missing').length === 1, 10_000);
    expect(reader.events('missing')[0]!.data).toEqual({
      reason: 'beyond_end',
      ranges: [
        { partition: 0, generation: 1, from: 0, to: 900_000 },
        { partition: 2, generation: 1, from: 0, to: 3 },
      ],
    });
    // Partition 1 has these offsets: another process of the API may have read the ledger later.
    stage.book(0, { indexed: 1 });
    stage.book(1, { indexed: 6 });
    await stage.refresh();
    await waitFor(async () => reader.logs().length === 2, 5000);
    expect(reader.logs()).toEqual(['1/0/0', '1/1/5']);
  });

  it('waits for room in a slow client, and gives it everything out of the store', async () => {
    const { stage, follow, open } = setUp();
    const fast = follow();
    await live(fast);
    const slow = open();
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (let at = 0; at < 10; at += 1) {
      stage.book(at % 2, { indexed: 40 });
      await stage.refresh();
      await waitFor(async () => fast.logs().length === (at + 1) * 40, 5000);
    }
    const reader = readEvents(slow.stream);
    await waitFor(async () => reader.logs().length >= 400, 5000);
    expect([...reader.logs()].sort()).toEqual([...fast.logs()].sort());
    expect(reader.events('limit')[0]!.data).toMatchObject({ reason: 'slow_reader' });
    expect(reader.events('dropped')).toEqual([]);
  });

  it('keeps no more for a client than it may, but one log of any size', () => {
    const behind: Tail[] = [];
    const hooks = { onSent: () => undefined, onBehind: (tail: Tail) => behind.push(tail) };
    const tail = new Tail(everything, 'key', { bufferBytes: 64 * 1024, stallMs: 1 }, '', hooks);
    expect(tail.offer('x'.repeat(50_000), '1')).toBe(true);
    expect(tail.offer('x'.repeat(20_000), '2')).toBe(false);
    expect({ waiting: tail.waiting, id: tail.id, behind }).toEqual({ waiting: 50_000, id: '1', behind: [tail] });
    const large = new Tail(everything, 'key', { bufferBytes: 64 * 1024, stallMs: 1 }, '', hooks);
    expect(large.offer('x'.repeat(500_000), '1')).toBe(true);
    expect(large.offer('x', '2')).toBe(false);
  });

  it('gives logs that are larger than all that may wait, one by one', async () => {
    const { stage, follow } = setUp();
    for (let offset = 0; offset < 8; offset += 1) {
      const one = logAt(0, offset);
      stage.source.pending.push({ ...one, log: { ...one.log, message: 'x'.repeat(300_000) } });
    }
    stage.open(0, { next: 8, documents: 8 });
    await stage.refresh();
    const reader = follow('0,0');
    await waitFor(async () => reader.logs().length === 8, 5000);
  });

  it('is cut when its client takes nothing for too long, and beats while there is nothing to say', async () => {
    const { stage, counts, follow, open } = setUp({}, { heartbeat: 5, stall: 30 });
    const idle = follow();
    await live(idle);
    await waitFor(async () => idle.seen.text.includes(': heartbeat\nid: 0,0\n\n'), 5000);
    open();
    stage.book(0, { indexed: 200 });
    await stage.refresh();
    await waitFor(async () => counts.open === 1, 5000);
    expect(idle.seen.ended).toBe(false);
  });

  it('tells those who cross it of a range that never added up', async () => {
    const { stage, follow } = setUp({}, { patience: 10 });
    const feedStarts = follow();
    await live(feedStarts);
    stage.book(0, { indexed: 3 });
    stage.source.pending.splice(1, 1);
    await stage.refresh();
    await waitFor(async () => feedStarts.events('incomplete').length === 1, 10_000);
    const later = follow('0,0');
    await waitFor(async () => later.logs().length === 2, 5000);
    expect(later.events('incomplete').map(({ data }) => data)).toEqual([
      { partition: 0, generation: 1, from: 0, to: 3, expected: 3, found: 2 },
    ]);
  });

  it('keeps its place while Elasticsearch is down', async () => {
    const { stage, follow } = setUp();
    stage.book(0, { indexed: 3 });
    await stage.refresh();
    const reader = follow('0,0');
    await waitFor(async () => reader.logs().length === 3, 5000);
    stage.book(0, { indexed: 3 });
    stage.source.down = true;
    await waitFor(async () => reader.events('state').at(-1)!.data['code'] === 'elasticsearch_unavailable', 5000);
    const second = follow('1,0');
    stage.source.down = false;
    await stage.refresh();
    await waitFor(async () => reader.logs().length === 6 && second.logs().length === 5, 5000);
    expect(second.logs()).toEqual(reader.logs().slice(1));
  });

  it('ends when Elasticsearch refuses its query', async () => {
    const { stage, follow } = setUp();
    stage.book(0, { indexed: 1 });
    await stage.refresh();
    stage.source.read = () => Promise.reject(new Error('refused'));
    const reader = follow('0,0');
    await waitFor(async () => reader.seen.ended, 5000);
    expect(reader.events().at(-1)).toMatchObject({ name: 'end', data: { reason: 'query_refused' } });
  });

  it('brings the fields that each client asks for, of what has been and of what comes in', async () => {
    const { stage, follow } = setUp();
    stage.book(0, { indexed: 2 });
    await stage.refresh();
    const [whole, some] = [undefined, ['service', 'kafka.offset']].map((fields) =>
      follow('0,0', everything, undefined, { fields }),
    );
    await waitFor(async () => some!.logs().length === 2 && whole!.logs().length === 2, 5000);
    stage.book(0, { indexed: 1 });
    await stage.refresh();
    await waitFor(async () => some!.logs().length === 3 && whole!.logs().length === 3, 5000);
    expect(some!.events('log').map(({ data }) => data)).toEqual(
      [0, 1, 2].map((offset) => ({
        ...{ service: 'auth', kafka: { offset } },
        ...{ id: `01-0000-000000000000000${offset}`, index: 'logs-2026.11.24' },
      })),
    );
    for (const { data } of whole!.events('log')) expect(data).toHaveProperty('message');
  });

  it('ends when its key is in force no longer, and no other does', async () => {
    const { counts, follow } = setUp({}, { recheck: 5 });
    let isInForce = true;
    const revoked = follow(undefined, everything, undefined, { isAllowed: async () => isInForce });
    const kept = follow(undefined, everything, undefined, { isAllowed: async () => true });
    const keyless = follow();
    await Promise.all([revoked, kept, keyless].map(live));
    isInForce = false;
    await waitFor(async () => revoked.seen.ended, 5000);
    expect(revoked.events().at(-1)).toMatchObject({ name: 'end', data: { reason: 'key_refused' } });
    await waitFor(async () => counts.open === 2, 5000);
    expect([kept, keyless].flatMap(({ events }) => events('end'))).toEqual([]);
    const later = follow(undefined, everything, undefined, { isAllowed: async () => isInForce });
    await waitFor(async () => later.seen.ended, 5000);
  });

  it('is forgotten at once when its client leaves, and refused beyond the limit', async () => {
    const { counts, open } = setUp();
    const opened = [open(), open(), open()];
    expect(() => open()).toThrow(Problem);
    opened[0]!.left.abort();
    opened[1]!.stream.destroy();
    await waitFor(async () => counts.open === 1, 5000);
    expect(() => open()).not.toThrow();
  });

  it('ends after its time, and its client goes on where it was', async () => {
    const { stage, follow } = setUp({ maxMs: 300 });
    const reader = follow();
    await live(reader);
    await waitFor(async () => reader.seen.ended, 5000);
    const last = reader.events().at(-1)!;
    expect(last).toMatchObject({ name: 'end', data: { reason: 'time_limit' } });
    stage.book(0, { indexed: 1 });
    await stage.refresh();
    const next = follow(last.id);
    await waitFor(async () => next.logs().length === 1, 5000);
  });

  it('ends in order when the process stops, and none begins any more', async () => {
    const { counts, stopping, follow, open } = setUp();
    const reader = follow();
    await live(reader);
    stopping.abort();
    await waitFor(async () => reader.seen.ended, 5000);
    expect(reader.events().at(-1)).toMatchObject({ name: 'end', id: '0,0', data: { reason: 'shutting_down' } });
    expect(counts.open).toBe(0);
    expect(() => open()).toThrow(Problem);
  });
});
