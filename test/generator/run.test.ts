import { createLogStream, type GeneratedLog } from '../../src/generator/log-stream';
import { run, type RunOptions } from '../../src/generator/run';
import { options } from './read-logs';

/** What sending a chunk takes at full speed, when nobody sleeps. */
const CHUNK_MS = 30;

/** Runs on a clock that moves only when somebody sleeps. */
async function play(
  seconds: number,
  {
    rate = 100,
    ...changed
  }: Partial<RunOptions> & { rate?: number; scenarios?: string; held?: (ms: number) => boolean } = {},
) {
  const stopping = new AbortController();
  const added: { log: GeneratedLog; atMs: number }[] = [];
  let clockMs = 1_000_000;
  const elapsed = () => clockMs - 1_000_000;
  const held = changed.held ?? (() => false);
  let skippedMs = 0;
  await run({
    stream: createLogStream(options({ rate, scenarios: changed.scenarios ?? 'none' })),
    sender: {
      add: (log) => added.push({ log, atMs: elapsed() }),
      get full() {
        return held(elapsed());
      },
    },
    rate,
    count: 0,
    signal: stopping.signal,
    now: () => clockMs,
    async sleep(ms) {
      clockMs += ms || CHUNK_MS;
      if (elapsed() >= seconds * 1000) stopping.abort();
    },
    onSkipped: (ms) => (skippedMs += ms),
    ...changed,
  });
  const within = (fromMs: number, toMs: number) => added.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).length;
  return { added, within, elapsed, skippedMs: () => skippedMs };
}

/** How long after its own time a log is produced, in milliseconds. */
const late = ({ log, atMs }: { log: GeneratedLog; atMs: number }) => atMs - (log.timestamp - options().startTime);

describe('run', () => {
  test.each([0.5, 7, 100, 3000])('keeps a rate of %d logs a second, without drift', async (rate) => {
    const { added } = await play(100, { rate });
    expect(Math.abs(added.length - 100 * rate)).toBeLessThanOrEqual(Math.ceil(rate * 0.04));
  });

  test('is steady: every tenth of a second has its share', async () => {
    const { within } = await play(30, { rate: 1000 });
    for (let ms = 100; ms < 29_900; ms += 100) expect(Math.abs(within(ms, ms + 100) - 100)).toBeLessThanOrEqual(20);
  });

  test('logs bear the time at which they are produced', async () => {
    const { added } = await play(10);
    expect(Math.max(...added.map(late))).toBeLessThan(25);
  });

  test('held up for half a second, it makes up for it, in bursts of at most 100 ms worth', async () => {
    const { added, within, skippedMs } = await play(30, { rate: 1000, held: (ms) => ms >= 10_000 && ms < 10_500 });
    expect(within(10_000, 10_500)).toBe(0);
    for (let ms = 10_500; ms < 12_000; ms += 20) expect(within(ms, ms + 20)).toBeLessThanOrEqual(101);
    expect(Math.abs(added.length - 30_000)).toBeLessThanOrEqual(40);
    expect(skippedMs()).toBe(0);
  });

  test('held up for a minute, it makes up for the last second and leaves out the rest', async () => {
    const { added, within, skippedMs } = await play(120, { rate: 100, held: (ms) => ms >= 10_000 && ms < 70_000 });
    expect(within(70_000, 75_000)).toBeLessThanOrEqual(600);
    expect(Math.abs(skippedMs() - 59_000)).toBeLessThan(100);
    expect(late(added.at(-1)!)).toBeLessThan(25);
  });

  test('a traffic surge is produced in real time', async () => {
    const { within } = await play(500, { rate: 50, scenarios: 'traffic-surge' });
    expect(within(410_000, 420_000)).toBeCloseTo(500, -1);
    expect(within(430_000, 440_000)).toBeCloseTo(1500, -1.5);
  });

  test('stops after the wanted count', async () => {
    const { added, elapsed } = await play(600, { rate: 100, count: 250 });
    expect(added).toHaveLength(250);
    expect(elapsed()).toBeLessThan(2600);
  });

  test('at rate 0 it produces as fast as the sender takes logs, and they bear the time of the clock', async () => {
    const { added, within } = await play(3, { rate: 0, held: (ms) => ms >= 1000 && ms < 2000 });
    expect(within(0, 1000)).toBe(2000 * Math.ceil(1000 / CHUNK_MS));
    expect(within(1000, 2000)).toBe(0);
    expect(Math.max(...added.slice(-20_000).map((one) => Math.abs(late(one))))).toBeLessThan(CHUNK_MS);
  });

  test('does nothing when it is stopped before it began', async () => {
    const { added } = await play(5, { signal: AbortSignal.abort() });
    expect(added).toEqual([]);
  });
});
