import { Lane, type Batch, type BatchProducer, type LaneDeps, type Verdict } from '../../src/generator/lane';

const log = (key: string) => ({ key, value: `{"${key}":1}`, timestamp: 0 });
const batch = (partition: number, ...keys: string[]): Batch => ({ partition, logs: keys.map(log) });

/** A lane whose producers follow a script: undefined lets a send through, a verdict fails it with that verdict. */
function scriptedLane(script: (Verdict | undefined)[], reroute: LaneDeps['reroute'] = async (partition) => partition) {
  const sent: string[] = [];
  let producers = 0;
  let inFlight = 0;
  let acknowledged = 0;
  let resolve: () => void;
  let wanted = Infinity;
  const done = new Promise<void>((settled) => (resolve = settled));
  const failures: unknown[] = [];
  const createProducer = (): BatchProducer => {
    const name = `p${++producers}`;
    return {
      async send({ partition, logs }) {
        if (++inFlight > 1) throw new Error('two at once');
        sent.push(`${name}:${partition}:${logs.map(({ key }) => key).join('')}`);
        await Promise.resolve();
        inFlight--;
        const verdict = script.shift();
        if (verdict) throw Object.assign(new Error(verdict), { verdict });
      },
      close: async () => void sent.push(`${name}:closed`),
    };
  };
  const lane = new Lane({
    createProducer,
    verdict: (error) => (error as { verdict: Verdict }).verdict,
    reroute,
    backOff: async () => {},
    onFailure: (error) => failures.push(error),
    onAcknowledged({ logs }) {
      acknowledged += logs.length;
      if (acknowledged >= wanted) resolve();
    },
  });
  return {
    sent,
    failures,
    async send(...batches: Batch[]) {
      wanted = batches.reduce((sum, { logs }) => sum + logs.length, 0);
      for (const one of batches) lane.push(one);
      await done;
    },
  };
}

describe('a lane', () => {
  test('sends its batches one after the other, over one producer', async () => {
    const { sent, send } = scriptedLane([]);
    await send(batch(0, 'a'), batch(4, 'b'), batch(0, 'c'));
    expect(sent).toEqual(['p1:0:a', 'p1:4:b', 'p1:0:c']);
  });

  test('sends a failed batch again, the same one over the same producer, before any other', async () => {
    const { sent, failures, send } = scriptedLane(['again', 'again', undefined]);
    await send(batch(0, 'a'), batch(0, 'b'));
    expect(sent).toEqual(['p1:0:a', 'p1:0:a', 'p1:0:a', 'p1:0:b']);
    expect(failures).toHaveLength(2);
  });

  test('sends the halves of a batch that is too large, in order', async () => {
    const { sent, send } = scriptedLane(['split', 'split']);
    await send(batch(0, 'a', 'b', 'c'), batch(0, 'd'));
    expect(sent).toEqual(['p1:0:abc', 'p1:0:ab', 'p1:0:a', 'p1:0:b', 'p1:0:c', 'p1:0:d']);
  });

  test('takes a new producer when the broker has forgotten the old one', async () => {
    const { sent, send } = scriptedLane(['new_producer']);
    await send(batch(0, 'a'));
    expect(sent).toEqual(['p1:0:a', 'p1:closed', 'p2:0:a']);
  });

  test('sends logs of a partition that is gone to another one', async () => {
    const { sent, send } = scriptedLane(['reroute'], async (partition) => partition % 4);
    await send(batch(5, 'a'));
    expect(sent).toEqual(['p1:5:a', 'p1:closed', 'p2:1:a']);
  });

  test('goes on when it cannot be told where to', async () => {
    const { sent, failures, send } = scriptedLane(['reroute'], () => Promise.reject(new Error('away')));
    await send(batch(5, 'a'));
    expect(sent.at(-1)).toBe('p2:5:a');
    expect(failures).toContainEqual(new Error('away'));
  });
});
