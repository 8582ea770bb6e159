import { createPageRoom } from '../../src/elasticsearch/page-room';
import { settle } from '../api/tail/stage';

/** Pages that note when they are let in. */
function setUp(capacity: number) {
  const room = createPageRoom(capacity);
  const inside: string[] = [];
  const take = (name: string, logs: number, signal?: AbortSignal) =>
    room.take(logs, signal).then((leave) => {
      inside.push(name);
      return leave;
    });
  return { inside, take };
}

describe('the room for pages', () => {
  it('lets in what fits, and the rest in the order of asking', async () => {
    const { inside, take } = setUp(1000);
    const first = await take('first', 600);
    void take('second', 600);
    void take('third', 200);
    await settle();
    expect(inside).toEqual(['first']);
    first();
    await settle();
    expect(inside).toEqual(['first', 'second', 'third']);
  });

  it('keeps no small page waiting for large ones, nor the other way round', async () => {
    const { inside, take } = setUp(1000);
    await take('large', 1000);
    void take('another', 1000);
    await take('small', 50);
    await take('none', 0);
    expect(inside).toEqual(['large', 'small', 'none']);
  });

  it('lets figures in at once, though pages wait', async () => {
    const { inside, take } = setUp(100);
    await take('page', 100);
    void take('another', 50);
    await take('figures', 0);
    expect(inside).toEqual(['page', 'figures']);
  });

  it('forgets who leaves while waiting, and lets in who waited behind', async () => {
    const { inside, take } = setUp(1000);
    const first = await take('first', 900);
    const left = new AbortController();
    const refused = expect(take('leaving', 500, left.signal)).rejects.toThrow(/abort/i);
    void take('behind', 101);
    await settle();
    left.abort();
    await refused;
    first();
    await settle();
    expect(inside).toEqual(['first', 'behind']);
    await expect(take('late', 500, AbortSignal.abort())).rejects.toThrow(/abort/i);
  });

  it('lets a page in that is larger than all the room', async () => {
    const { take } = setUp(1000);
    (await take('huge', 5000))();
    await take('next', 1000);
  });
});
