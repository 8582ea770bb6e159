import type { Batch } from '../../src/generator/lane';
import { Sender, type SenderSettings } from '../../src/generator/sender';
import { readLogs } from './read-logs';

const logs = readLogs(60_000, { rate: 0 }).map(({ key, line }) => ({ key, value: line, timestamp: 0 }));

function openSender(settings: Partial<SenderSettings> = {}) {
  const sent: Batch[] = [];
  let held = false;
  let release = () => {};
  const sender = new Sender(
    { batchSize: 100, lingerMs: 50, partitions: 4, ...settings },
    {
      createProducer: () => ({
        async send(batch) {
          sent.push({ ...batch });
          if (held) await new Promise<void>((resolve) => (release = resolve));
        },
        close: async () => {},
      }),
      verdict: () => 'again',
      reroute: async (partition) => partition,
      backOff: async () => {},
      onFailure: () => {},
      onAcknowledged: () => {},
    },
  );
  return { sender, sent, hold: () => (held = true), release: () => ((held = false), release()) };
}

describe('the sender', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test('sends a batch when it is full, without waiting', async () => {
    const { sender, sent } = openSender({ partitions: 1 });
    for (const log of logs.slice(0, 250)) sender.add(log);
    await jest.advanceTimersByTimeAsync(0);
    expect(sent.map((batch) => batch.logs.length)).toEqual([100, 100]);
    expect(sender.acknowledged).toBe(200);
    expect(sender.unacknowledged).toBe(50);
  });

  test('sends what is there when the linger is over', async () => {
    const { sender, sent } = openSender({ partitions: 1 });
    for (const log of logs.slice(0, 3)) sender.add(log);
    await jest.advanceTimersByTimeAsync(49);
    expect(sent).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(sent.map((batch) => batch.logs.length)).toEqual([3]);
  });

  test('keeps the logs of a request in one partition, in order', async () => {
    const { sender, sent } = openSender();
    for (const log of logs.slice(0, 5000)) sender.add(log);
    await sender.flush();
    const partitions = new Map<string, Set<number>>();
    for (const { partition, logs: some } of sent) {
      for (const { key } of some) partitions.set(key, (partitions.get(key) ?? new Set()).add(partition));
    }
    expect([...partitions.values()].filter(({ size }) => size !== 1)).toEqual([]);
    const values = sent.flatMap((batch) => batch.logs.map(({ value }) => value));
    expect(new Set(values).size).toBe(5000);
    const [first] = logs.slice(0, 5000).map(({ key }) => key);
    const order = (lines: { key: string; value: string }[]) =>
      lines.filter(({ key }) => key === first).map(({ value }) => value);
    expect(order(sent.flatMap((batch) => batch.logs))).toEqual(order(logs.slice(0, 5000)));
  });

  test('a flush sends at once and ends when everything is acknowledged', async () => {
    const { sender, hold, release } = openSender({ lingerMs: 60_000, partitions: 1 });
    hold();
    for (const log of logs.slice(0, 30)) sender.add(log);
    let flushed = false;
    const flush = sender.flush().then(() => (flushed = true));
    await jest.advanceTimersByTimeAsync(1000);
    expect([flushed, sender.unacknowledged]).toEqual([false, 30]);
    release();
    await flush;
    expect(sender.acknowledged).toBe(30);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('is full when it holds a bounded number of logs, and has room again after an acknowledgement', async () => {
    const { sender, hold, release } = openSender({ partitions: 1 });
    hold();
    let added = 0;
    for (const log of logs) {
      if (sender.full) break;
      sender.add(log);
      added++;
    }
    expect(added).toBe(20_000);
    release();
    await jest.advanceTimersByTimeAsync(100);
    expect(sender.full).toBe(false);
  });

  test('never makes a request so large that kafkajs takes seconds to sort it', async () => {
    const { sender, sent } = openSender({ batchSize: 50_000, partitions: 1 });
    for (const log of logs.slice(0, 10_000)) sender.add(log);
    await sender.flush();
    expect(Math.max(...sent.map((batch) => batch.logs.length))).toBe(2000);
  });

  test('uses partitions that were added later', async () => {
    const { sender, sent } = openSender({ partitions: 1 });
    sender.setPartitions(3);
    for (const log of logs.slice(0, 1000)) sender.add(log);
    await sender.flush();
    expect(new Set(sent.map(({ partition }) => partition))).toEqual(new Set([0, 1, 2]));
  });
});
