import { createLogger } from '../src/logger';
import { Shutdown } from '../src/shutdown';

const open = () => new Shutdown(createLogger('test', 'silent'));

describe('Shutdown', () => {
  test('closes in reverse order of opening, each before the next', async () => {
    const order: string[] = [];
    const shutdown = open();
    shutdown.onClose('first', () => void order.push('first'));
    shutdown.onClose('second', async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('second');
    });
    await shutdown.close();
    expect(order).toEqual(['second', 'first']);
  });

  test('closed twice at a time, everything is closed once', async () => {
    let closed = 0;
    const shutdown = open();
    shutdown.onClose('one', async () => void (closed += 1));
    await Promise.all([shutdown.close(), shutdown.close()]);
    await shutdown.close();
    expect(closed).toBe(1);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('stuck');
      },
    ],
    ['rejects', () => Promise.reject(new Error('stuck'))],
  ])('a resource that %s does not keep the others open', async (_case, close) => {
    let closed = false;
    const shutdown = open();
    shutdown.onClose('other', () => void (closed = true));
    shutdown.onClose('stuck', close);
    await shutdown.close();
    expect(closed).toBe(true);
  });
});

describe('Shutdown on a signal', () => {
  let exit: jest.SpyInstance;
  let exited: Promise<unknown>;
  beforeEach(() => {
    exited = new Promise((resolve) => {
      exit = jest.spyOn(process, 'exit').mockImplementation(((code: unknown) => resolve(code)) as never);
    });
  });
  afterEach(() => {
    exit.mockRestore();
    process.removeAllListeners('SIGTERM');
    process.removeAllListeners('SIGINT');
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('%s closes everything, then exits with 0', async (signal) => {
    let closed = false;
    const shutdown = open();
    shutdown.onClose('one', () => void (closed = true));
    shutdown.onSignal();
    process.emit(signal);
    expect(await exited).toBe(0);
    expect(closed).toBe(true);
  });

  test('a second signal changes nothing', async () => {
    let stops = 0;
    const shutdown = open();
    expect(shutdown.stopping).toBe(false);
    shutdown.onSignal(async () => void (stops += 1));
    process.emit('SIGTERM');
    process.emit('SIGTERM');
    process.emit('SIGINT');
    expect(await exited).toBe(0);
    expect([stops, shutdown.stopping]).toEqual([1, true]);
    expect(exit).toHaveBeenCalledTimes(1);
  });

  test('a stop that does not end exits with 0 at its limit', async () => {
    open().onSignal(() => new Promise(() => undefined), 20);
    process.emit('SIGTERM');
    expect(await exited).toBe(0);
  });

  test('a stop that fails exits with 1', async () => {
    open().onSignal(() => Promise.reject(new Error('stuck')));
    process.emit('SIGTERM');
    expect(await exited).toBe(1);
  });
});
