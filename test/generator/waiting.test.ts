import { createOutageLog } from '../../src/generator/outage-log';
import { startReports } from '../../src/generator/report';
import { waitForTopic } from '../../src/generator/topic';
import type { Logger } from '../../src/logger';

function recordingLogger() {
  const lines: string[] = [];
  const write = (level: string) => (fields: Record<string, unknown>, message: string) =>
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const logger = { info: write('info'), warn: write('warn'), debug: () => {} } as unknown as Logger;
  return { logger, lines };
}
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const now = () => Date.now();

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('waitForTopic', () => {
  test('gives the partitions at once when the topic is there', async () => {
    const { logger, lines } = recordingLogger();
    const signal = new AbortController().signal;
    await expect(waitForTopic({ countPartitions: async () => 4, sleep, now, logger, signal })).resolves.toBe(4);
    expect(lines).toEqual([]);
  });

  test('says what it waits for, seldom again, and goes on by itself', async () => {
    const { logger, lines } = recordingLogger();
    const answers = [...Array<undefined>(30).fill(undefined), 6];
    const countPartitions = async () => answers.shift();
    const waiting = waitForTopic({ countPartitions, sleep, now, logger, signal: new AbortController().signal });
    await jest.advanceTimersByTimeAsync(20_000);
    await expect(waiting).resolves.toBe(6);
    expect(lines).toEqual(['warn topic is missing, waiting {}', 'warn topic is missing, waiting {}']);
  });

  test('tells a Kafka that refuses from one that does not answer', async () => {
    const { logger, lines } = recordingLogger();
    const stopping = new AbortController();
    let asked = 0;
    const countPartitions = () =>
      asked++ === 0 ? Promise.reject(new Error('refused')) : new Promise<number>(() => {});
    const waiting = waitForTopic({ countPartitions, sleep, now, logger, signal: stopping.signal });
    await jest.advanceTimersByTimeAsync(14_000);
    expect(lines[0]).toBe('warn kafka does not answer, waiting {"reason":"refused"}');
    expect(lines.slice(1)).toEqual(['warn kafka does not answer, waiting {}']);
    stopping.abort();
    await expect(waiting).resolves.toBeUndefined();
  });
});

describe('the outage log', () => {
  const advance = async (ms: number, each: () => void) => {
    for (let i = 0; i < ms / 1000; i++) {
      await jest.advanceTimersByTimeAsync(1000);
      each();
    }
  };

  test('says once that Kafka takes nothing, why, again every 10 s, and when it is over', async () => {
    const { logger, lines } = recordingLogger();
    const outage = createOutageLog(logger, now);
    outage.failed(new Error('connect ECONNREFUSED'));
    await advance(15_000, () => outage.check(500));
    outage.acknowledged();
    outage.acknowledged();
    expect(lines).toEqual([
      'warn kafka does not take logs, waiting {"waitedMs":3000,"unacknowledged":500,"reason":"connect ECONNREFUSED"}',
      'warn kafka does not take logs, waiting {"waitedMs":13000,"unacknowledged":500,"reason":"connect ECONNREFUSED"}',
      'info kafka takes logs again {"waitedMs":15000}',
    ]);
  });

  test('is silent while nothing is owed, however long, and while acknowledgements come', async () => {
    const { logger, lines } = recordingLogger();
    const outage = createOutageLog(logger, now);
    await advance(60_000, () => outage.check(0));
    await advance(60_000, () => (outage.check(10), outage.acknowledged()));
    expect(lines).toEqual([]);
  });
});

describe('the reports', () => {
  test('tell total and rate every ten seconds, until they are stopped', async () => {
    const { logger, lines } = recordingLogger();
    const sender = { acknowledged: 0, unacknowledged: 5 };
    const stop = startReports({ sender, outage: createOutageLog(logger, now), logger, skippedMs: () => 0 });
    for (let i = 0; i < 2; i++) {
      sender.acknowledged += 1500;
      await jest.advanceTimersByTimeAsync(10_000);
    }
    stop();
    expect(jest.getTimerCount()).toBe(0);
    expect(lines.filter((line) => line.startsWith('info'))).toEqual([
      'info produced {"produced":1500,"rate":150,"unacknowledged":5,"skippedMs":0}',
      'info produced {"produced":3000,"rate":150,"unacknowledged":5,"skippedMs":0}',
    ]);
  });
});
