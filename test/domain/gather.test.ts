import { gather } from '../../src/domain/gather';

/** Requests that end when they are told to. */
function requests() {
  const sent: number[][] = [];
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const run = (items: number[]) =>
    new Promise<string[]>((resolve, reject) => {
      sent.push(items);
      ends.push({ resolve: () => resolve(items.map((item) => `answer ${item}`)), reject });
    });
  return { sent, ends, run };
}

const aMoment = () => new Promise((resolve) => setImmediate(resolve));

describe('calls that share requests', () => {
  test('go together when they come in one moment, and each gets its own answers', async () => {
    const { sent, ends, run } = requests();
    const call = gather(run);
    const answers = Promise.all([call([1, 2]), call([3]), call([])]);
    await aMoment();
    expect(sent).toEqual([[1, 2, 3]]);
    ends[0]!.resolve();
    expect(await answers).toEqual([['answer 1', 'answer 2'], ['answer 3'], []]);
  });

  test('wait for the request under way, and go with the next one', async () => {
    const { sent, ends, run } = requests();
    const call = gather(run);
    const first = call([1]);
    await aMoment();
    const others = Promise.all([call([2]), call([3, 4])]);
    await aMoment();
    expect(sent).toEqual([[1]]);
    ends[0]!.resolve();
    await first;
    await aMoment();
    expect(sent).toEqual([[1], [2, 3, 4]]);
    ends[1]!.resolve();
    expect(await others).toEqual([['answer 2'], ['answer 3', 'answer 4']]);
    const last = call([5]);
    await aMoment();
    ends[2]!.resolve();
    expect(await last).toEqual(['answer 5']);
  });

  test('fail only by what they asked for themselves', async () => {
    const run = (items: number[]) =>
      items.includes(13) ? Promise.reject(new Error('13 is refused')) : Promise.resolve(items);
    const call = gather(run);
    const [one, bad, other] = await Promise.allSettled([call([1]), call([13]), call([2])]);
    expect(one).toEqual({ status: 'fulfilled', value: [1] });
    expect(bad).toMatchObject({ status: 'rejected', reason: new Error('13 is refused') });
    expect(other).toEqual({ status: 'fulfilled', value: [2] });
    await expect(call([13])).rejects.toThrow('13 is refused');
    await expect(call([3])).resolves.toEqual([3]);
  });

  test('that are given up while they wait are never sent', async () => {
    const { sent, ends, run } = requests();
    const call = gather(run);
    const first = call([1]);
    await aMoment();
    const leaving = new AbortController();
    const others = Promise.allSettled([call([2], leaving.signal), call([3])]);
    leaving.abort(new Error('paused'));
    ends[0]!.resolve();
    await first;
    await aMoment();
    expect(sent).toEqual([[1], [3]]);
    ends[1]!.resolve();
    expect(await others).toMatchObject([{ status: 'rejected', reason: new Error('paused') }, { value: ['answer 3'] }]);
  });

  test('that are given up while a shared request fails are not sent again', async () => {
    const { sent, ends, run } = requests();
    const call = gather(run);
    const leaving = new AbortController();
    const both = Promise.allSettled([call([1], leaving.signal), call([2])]);
    await aMoment();
    leaving.abort(new Error('paused'));
    ends[0]!.reject(new Error('refused'));
    await aMoment();
    expect(sent).toEqual([[1, 2], [2]]);
    ends[1]!.resolve();
    expect(await both).toMatchObject([{ status: 'rejected', reason: new Error('paused') }, { value: ['answer 2'] }]);
  });

  test('of many items go alone, at once', async () => {
    const { sent, run } = requests();
    const call = gather(run);
    const many = Array.from({ length: 101 }, (_one, item) => item);
    void call([1]);
    await aMoment();
    void call(many);
    void call(many);
    expect(sent.map(({ length }) => length)).toEqual([1, 101, 101]);
  });

  test('share a request of 1,000 items at most', async () => {
    const { sent, ends, run } = requests();
    const call = gather(run);
    const hundred = Array.from({ length: 100 }, (_one, item) => item);
    const all = Promise.all(Array.from({ length: 12 }, () => call(hundred)));
    await aMoment();
    ends[0]!.resolve();
    await aMoment();
    ends[1]!.resolve();
    expect((await all).flat()).toHaveLength(1200);
    expect(sent.map(({ length }) => length)).toEqual([1000, 200]);
  });
});
