import type { LogFilter } from '../../../src/api/logs/ports';
import { selectionOf } from '../../../src/api/tail/events';
import { Feed, type LiveTail } from '../../../src/api/tail/feed';
import { createStage, everything, logAt, silent } from './stage';

const PATIENCE_MS = 5000;

/** A tail that takes everything and writes down what it got. */
function listener(filter: LogFilter = everything) {
  const tail = {
    filter,
    key: JSON.stringify(filter),
    selection: selectionOf(),
    logs: [] as string[],
    id: '',
    behind: 0,
    notes: [] as object[],
    offer(text: string, id: string) {
      tail.logs.push(String((JSON.parse(/^data: (.*)$/m.exec(text)![1]!) as { id: string }).id));
      tail.id = id;
      return true;
    },
    moveOn(id: string) {
      tail.id = id;
    },
    noteIncomplete(note: object) {
      tail.notes.push(note);
    },
    fallBehind() {
      tail.behind += 1;
      feedOf(tail)?.live.delete(tail);
    },
  };
  return tail satisfies LiveTail;
}
const feeds = new WeakMap<object, Feed>();
const feedOf = (tail: object) => feeds.get(tail);

function setUp(partitions = 2) {
  const stage = createStage();
  for (let partition = 0; partition < partitions; partition += 1) stage.open(partition);
  const feed = new Feed({
    ...stage,
    logger: silent,
    clock: () => stage.nowMs,
    ledgerMs: 1000,
    patienceMs: PATIENCE_MS,
  });
  const round = async () => {
    stage.nowMs += 1000;
    await feed.round();
  };
  const join = (filter?: LogFilter) => {
    const tail = listener(filter);
    feeds.set(tail, feed);
    expect(feed.join(tail, feed.id)).toBe(true);
    tail.id = feed.id;
    return tail;
  };
  return { stage, feed, round, join };
}

const id = (partition: number, offset: number, generation = 1) => logAt(partition, offset, generation).id;

describe('the feed of the tails', () => {
  it('gives nothing of a range before all of it can be searched, whatever is booked meanwhile', async () => {
    const { stage, round, join } = setUp();
    await round();
    const tail = join();
    stage.book(0, { indexed: 3 });
    await round();
    expect(tail.logs).toEqual([]);
    await stage.refresh();
    stage.book(0, { indexed: 2 });
    await round();
    expect(tail.logs).toEqual([id(0, 0), id(0, 1), id(0, 2)]);
    expect(tail.id).toBe('3,0');
    await stage.refresh();
    await round();
    expect(tail.logs).toHaveLength(5);
    expect(tail.id).toBe('5,0');
  });

  it('makes what lies below its first reading searchable before anybody reads it', async () => {
    const { stage, feed, round } = setUp();
    stage.book(0, { indexed: 2 });
    stage.source.down = true;
    await round();
    expect(feed.position).toBeUndefined();
    expect(feed.state).toMatchObject({ state: 'waiting', code: 'elasticsearch_unavailable' });
    stage.source.down = false;
    await round();
    expect(feed.id).toBe('2,0');
    expect(stage.source.asked.refresh).toBe(1);
    expect(feed.state).toEqual({ state: 'live' });
  });

  it('moves over offsets without a document', async () => {
    const { stage, round, join } = setUp();
    await round();
    const tail = join();
    stage.book(1, { indexed: 1, deadLettered: 2, filtered: 4 });
    await stage.refresh();
    await round();
    expect(tail.logs).toEqual([id(1, 0)]);
    expect(tail.id).toBe('0,7');
  });

  it('does not take a redriven record for one that cannot be searched yet', async () => {
    const { stage, round, join } = setUp();
    await round();
    const tail = join();
    stage.book(0, { indexed: 2, deadLettered: 1 });
    const [first, second] = stage.source.pending.splice(0);
    stage.source.pending.push(first!, logAt(0, 2));
    stage.source.deadLetters.set('0/2', { state: 'redriving', kept: 0, documents: 0 });
    await stage.refresh();
    await round();
    expect(tail.logs).toEqual([]);
    stage.source.pending.push(second!);
    await stage.refresh();
    await round();
    expect(tail.logs).toEqual([id(0, 0), id(0, 1), id(0, 2)]);
  });

  it('goes on after a refresh over what never adds up, and says what', async () => {
    const { stage, feed, round, join } = setUp();
    await round();
    const tail = join();
    stage.book(0, { indexed: 4 });
    stage.source.pending.splice(1, 1);
    await stage.refresh();
    for (let waited = 0; waited < PATIENCE_MS; waited += 1000) await round();
    expect(tail.logs).toEqual([]);
    await round();
    const note = { partition: 0, generation: 1, from: 0, to: 4, expected: 4, found: 3 };
    expect(tail.notes).toEqual([note]);
    expect(feed.notes).toEqual([note]);
    expect(tail.logs).toEqual([id(0, 0), id(0, 2), id(0, 3)]);
    expect(tail.id).toBe('4,0');
  });

  it('does not lose patience while Elasticsearch is down', async () => {
    const { stage, feed, round, join } = setUp();
    await round();
    const tail = join();
    stage.book(0, { indexed: 1 });
    stage.source.down = true;
    for (let at = 0; at < 20; at += 1) await round();
    expect(feed.state).toMatchObject({ code: 'elasticsearch_unavailable' });
    stage.source.down = false;
    await stage.refresh();
    await round();
    expect(tail.logs).toEqual([id(0, 0)]);
    expect(tail.notes).toEqual([]);
    expect(feed.state).toEqual({ state: 'live' });
  });

  it('delivers what was booked while nobody can tell it more, and says so', async () => {
    const { stage, feed, round, join } = setUp();
    await round();
    const tail = join();
    stage.book(0, { indexed: 1 });
    await round();
    stage.ledgerDown = true;
    await stage.refresh();
    await round();
    expect(tail.logs).toEqual([id(0, 0)]);
    expect(feed.state).toMatchObject({ state: 'waiting', code: 'pipeline_unavailable' });
    stage.ledgerDown = false;
    await round();
    expect(feed.state).toEqual({ state: 'live' });
  });

  it('gives the rest of a topic before those of the topic that was created anew', async () => {
    const { stage, round, join } = setUp();
    stage.book(0, { indexed: 2 });
    await round();
    const tail = join();
    stage.book(0, { indexed: 1 });
    stage.rebind(0);
    stage.book(0, { indexed: 2 });
    await stage.refresh();
    await round();
    await round();
    expect(tail.logs).toEqual([id(0, 2), id(0, 0, 2), id(0, 1, 2)]);
    expect(tail.id).toBe('2.2,0');
  });

  it('gives a new partition from its beginning, and one that could not be read from where it is then', async () => {
    const { stage, round, join } = setUp(1);
    stage.listed = [0, 1];
    await round();
    const tail = join();
    stage.listed = undefined;
    stage.open(1);
    stage.open(2);
    stage.book(1, { indexed: 2 });
    stage.book(2, { indexed: 2 });
    await stage.refresh();
    await round();
    stage.book(1, { indexed: 1 });
    await stage.refresh();
    await round();
    expect(tail.logs.sort()).toEqual([id(1, 2), id(2, 0), id(2, 1)]);
  });

  it('gives nothing twice when the ledger is rebuilt of an older commit', async () => {
    const { stage, round, join } = setUp();
    await round();
    const tail = join();
    stage.book(0, { indexed: 5 });
    await stage.refresh();
    await round();
    stage.open(0, { next: 2, documents: 2 });
    await round();
    stage.open(0, { next: 5, documents: 5 });
    stage.book(0, { indexed: 1 });
    await stage.refresh();
    await round();
    expect(tail.logs).toEqual([0, 1, 2, 3, 4, 5].map((offset) => id(0, offset)));
  });

  it('asks for a thousand tails once for each different filter, and not at all while nothing comes in', async () => {
    const { stage, round, join } = setUp();
    await round();
    const of = (service: string): LogFilter => ({ where: { kind: 'equals', field: 'service', values: [service] } });
    const tails = Array.from({ length: 1000 }, (_, at) => join(of(at % 2 ? 'auth' : 'payment')));
    for (let at = 0; at < 5; at += 1) await round();
    expect(stage.source.asked).toEqual({ count: 0, read: 0, refresh: 1 });
    stage.book(0, { indexed: 2 }, 'payment');
    await stage.refresh();
    await round();
    expect(stage.source.asked).toEqual({ count: 1, read: 1, refresh: 1 });
    expect(tails.filter(({ logs }) => logs.length === 2)).toHaveLength(500);
    expect(tails.filter(({ logs }) => logs.length === 0)).toHaveLength(500);
    expect(new Set(tails.map((tail) => tail.id))).toEqual(new Set(['2,0']));
  });

  it('asks for many partitions in several searches', async () => {
    const { stage, round, join } = setUp(250);
    await round();
    const tail = join();
    for (let partition = 0; partition < 250; partition += 1) stage.book(partition, { indexed: 1 });
    await stage.refresh();
    await round();
    expect(stage.source.asked).toMatchObject({ count: 3, read: 3 });
    expect(tail.logs).toEqual(Array.from({ length: 250 }, (_, partition) => id(partition, 0)));
    expect(new Set(tail.id.split(','))).toEqual(new Set(['1']));
  });

  it('shares searches out when filters are too many for one', async () => {
    const { stage, round, join } = setUp();
    await round();
    const of = (at: number): LogFilter => ({ where: { kind: 'equals', field: 'service', values: ['auth', `x${at}`] } });
    const tails = Array.from({ length: 400 }, (_, at) => join(of(at)));
    stage.book(0, { indexed: 1 });
    await stage.refresh();
    await round();
    expect(stage.source.asked.read).toBe(3);
    expect(tails.every(({ logs }) => logs.length === 1)).toBe(true);
  });

  it('lets its tails read on by themselves when a search fails under way', async () => {
    const { stage, feed, round, join } = setUp();
    await round();
    const tail = join();
    stage.book(0, { indexed: 1 });
    await stage.refresh();
    const { read } = stage.source;
    stage.source.read = () => Promise.reject(new Error('the query is refused'));
    await round();
    stage.source.read = read;
    expect({ behind: tail.behind, id: tail.id, live: feed.live.size }).toEqual({ behind: 1, id: '0,0', live: 0 });
    expect(feed.id).toBe('1,0');
    expect(feed.join(tail, tail.id)).toBe(false);
  });
});
