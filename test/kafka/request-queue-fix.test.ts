import RequestQueue from 'kafkajs/src/network/requestQueue';
import { fixRequestQueue } from '../../src/kafka/request-queue-fix';

interface Queue {
  push(request: object): void;
  fulfillRequest(response: object): void;
  maybeThrottle(ms: number): void;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
}

describe('fixRequestQueue (kafkajs#1751)', () => {
  let sent: number[];

  function openQueue(maxInFlightRequests: number | null = null): Queue {
    return new RequestQueue({
      maxInFlightRequests,
      requestTimeout: 1000,
      clientId: 'test',
      broker: 'broker:9092',
      logger: { debug: () => {}, warn: () => {} },
    }) as Queue;
  }
  function push(queue: Queue, correlationId: number): void {
    queue.push({
      entry: { correlationId, resolve: () => {}, reject: () => {} },
      expectResponse: true,
      sendRequest: () => sent.push(correlationId),
    });
  }
  const answer = (queue: Queue, correlationId: number) => queue.fulfillRequest({ correlationId, payload: {}, size: 0 });

  beforeAll(() => fixRequestQueue());
  beforeEach(() => {
    sent = [];
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('a queue whose requests are all answered holds no timer', () => {
    const queue = openQueue();
    push(queue, 1);
    answer(queue, 1);
    expect(sent).toEqual([1]);
    expect(queue.throttleCheckTimeoutId).toBeNull();
    expect(jest.getTimerCount()).toBe(0);
  });

  test('a request that waits for a free slot is sent when the one before is answered, and the timer goes away', () => {
    const queue = openQueue(1);
    push(queue, 1);
    push(queue, 2);
    expect(sent).toEqual([1]);
    answer(queue, 1);
    expect(sent).toEqual([1, 2]);
    answer(queue, 2);
    jest.advanceTimersByTime(100);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('requests that wait for the end of a throttle are sent then, in order, and the timer goes away', () => {
    const queue = openQueue();
    push(queue, 1);
    queue.maybeThrottle(500);
    answer(queue, 1);
    push(queue, 2);
    push(queue, 3);
    jest.advanceTimersByTime(499);
    expect(sent).toEqual([1]);
    jest.advanceTimersByTime(20);
    expect(sent).toEqual([1, 2, 3]);
    answer(queue, 2);
    answer(queue, 3);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('applied twice, the method is replaced once', () => {
    const first = (RequestQueue.prototype as Record<string, unknown>)['scheduleCheckPendingRequests'];
    fixRequestQueue();
    expect((RequestQueue.prototype as Record<string, unknown>)['scheduleCheckPendingRequests']).toBe(first);
  });

  test('a kafkajs without the method is refused with the name of the file to look at', () => {
    expect(() => fixRequestQueue(class {})).toThrow(/request-queue-fix\.ts/);
  });
});
