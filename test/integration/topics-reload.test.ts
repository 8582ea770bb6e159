import type { ChildProcess } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { epochIndex, type EpochRecord } from '../../src/domain/epoch-record';
import { imbalance } from '../../src/domain/ledger';
import { documentId } from '../../src/domain/ids';
import { TestPipeline } from '../support/pipeline';
import { samples } from '../support/samples';
import { TopicsFile } from '../support/topics-file';
import { waitFor } from '../support/wait-for';

jest.setTimeout(240_000);

const PARTITIONS = 2;
const log = (i: number) => ({ value: JSON.stringify({ service: 'auth', level: 'error', message: `m${i}` }) });
describe('a pipeline file that changes under load', () => {
  const pipeline = new TestPipeline({ BATCH_MAX_RECORDS: '50', BATCH_LINGER_MS: '50' });
  const file = new TopicsFile(pipeline);
  const other = `${pipeline.topic}-other`;
  const write = (points: number) =>
    file.write([
      { topic: pipeline.topic, partitions: PARTITIONS, scoring: { error: points } },
      { topic: other, partitions: 1, scoring: { error: 5 } },
    ]);
  /** True when every partition has booked batches of this epoch. */
  const reached = async (epoch: number) => {
    const states = await Promise.all([0, 1].map((partition) => file.state(pipeline.topic, partition)));
    return states.every(({ epochs }) => epochs.at(-1)!.number === epoch);
  };
  const workers: ChildProcess[] = [];
  const start = () => workers.push(pipeline.startWorker({ PIPELINE_FILE: file.path }));

  beforeAll(async () => {
    write(11);
    start();
    start();
    await waitFor(() => file.state(other, 0), 90_000);
  });
  afterAll(() => file.close([other]));

  test('holds from a batch on, in every worker, through the death of one: no record is lost, none there twice', async () => {
    let produced = 0;
    const load = async (until: () => Promise<boolean>) => {
      do {
        const some = Array.from({ length: 40 }, (_, i) => log(produced + i));
        await file.produce(pipeline.topic, some);
        produced += some.length;
        // A load, not a flood: how fast this machine happens to be does not decide how many there are.
        await setTimeout(100);
      } while (!(await until()));
    };
    await load(async () => produced >= 200);
    write(22);
    await load(() => reached(2));
    // One of them dies while it takes the third file on.
    write(33);
    await load(async () => (await pipeline.supervisorState()).epoch.number === 3);
    await pipeline.killWorker(workers[0]!);
    start();
    await load(() => reached(3));
    // Back to the rules of the first one: another epoch all the same.
    write(11);
    await load(() => reached(4));
    await file.produce(other, [log(0)]);

    const states = await file.settled(pipeline.topic, produced, PARTITIONS, 120_000);
    for (const { ledger } of states) expect(imbalance(ledger)).toBe(0);
    const sum = (fate: 'indexed' | 'duplicate') => states.reduce((all, { ledger }) => all + ledger[fate], 0);
    expect(sum('indexed') + sum('duplicate')).toBe(produced);

    const documents = await file.documents(`${pipeline.topic}-2*`);
    expect(documents).toHaveLength(produced);
    const records = (await file.documents(epochIndex(pipeline.topic))).map(
      ({ source }) => source as never as EpochRecord,
    );
    const points = new Map(
      records.map(({ epoch, configuration }) => [epoch, (configuration['scoring'] as { error: number }).error]),
    );
    expect(Object.fromEntries(points)).toEqual({ 1: 11, 2: 22, 3: 33, 4: 11 });
    for (const { id, source } of documents) {
      const { partition, offset } = source.kafka;
      expect(id).toBe(documentId({ generation: 1, partition, offset }));
      const { epochs } = states.find((one) => one.partition === partition)!;
      const span = epochs.filter(({ from }) => Number(from) <= offset).at(-1)!;
      // What its offset's epoch is in the account, and what that epoch's rules are on record.
      expect([id, source.epoch, source['anomaly']]).toEqual([
        id,
        span.number,
        expect.objectContaining({ score: points.get(span.number) }),
      ]);
    }
  });

  test('the topic whose rules stayed has its first epoch', async () => {
    await file.settled(other, 1, 1);
    expect((await file.state(other, 0)).epoch.number).toBe(1);
    const [document] = await file.documents(`${other}-2*`);
    expect(document!.source).toMatchObject({ epoch: 1, anomaly: { score: 5 } });
  });
});

describe('a pipeline file that is not taken on', () => {
  const pipeline = new TestPipeline({ WORKER_METRICS_PORT: '0' });
  const file = new TopicsFile(pipeline);
  const topic = { topic: pipeline.topic, partitions: 1 };
  let said = '';
  const metrics = async () => {
    const port = /"port":(\d+),"msg":"metrics served"/.exec(said)![1];
    return samples(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
  };
  const refused = () => waitFor(async () => (await metrics())['sluice_configuration_refused'] === 1, 20_000);

  beforeAll(async () => {
    file.write([{ ...topic, scoring: { error: 11 } }]);
    const worker = pipeline.startWorker({ PIPELINE_FILE: file.path });
    for (const stream of [worker.stdout!, worker.stderr!]) stream.on('data', (chunk) => (said += String(chunk)));
    await waitFor(() => file.state(pipeline.topic, 0), 90_000);
  });
  afterAll(() => file.close([]));

  test.each([
    ['with a mistake', [{ ...topic, scoring: { error: 1100 } }], 'topics[0].scoring.error: must be a whole number'],
    ['that is cut off', '{"topics": [', 'Flow map must end with a }'],
    ['with another index prefix', [{ ...topic, index_prefix: 'elsewhere' }], 'restart the workers and the API'],
  ])('%s: the one of before stays in force, and the log and the metrics say it', async (_, text, problem) => {
    file.write(text);
    await refused();
    expect(said.split('\n').some((one) => one.includes('not taken on') && one.includes(problem))).toBe(true);
    await file.produce(pipeline.topic, [log(0)]);
    const { ledger } = await file.state(pipeline.topic, 0);
    await waitFor(async () => (await file.state(pipeline.topic, 0)).ledger.next > ledger.next);
    expect((await pipeline.supervisorState()).epoch.number).toBe(1);
    file.write([{ ...topic, scoring: { error: 11 } }]);
    await waitFor(async () => (await metrics())['sluice_configuration_refused'] === 0, 20_000);
  });

  test('at the start ends the worker with every mistake', async () => {
    file.write([{ ...topic, scoring: { error: 1100 } }, topic]);
    const worker = pipeline.startWorker({ PIPELINE_FILE: file.path });
    let words = '';
    worker.stderr!.on('data', (chunk) => (words += String(chunk)));
    const code = await new Promise((resolve) => worker.once('exit', resolve));
    expect(code).toBe(1);
    expect(words).toMatch(
      /^sluice worker: bad pipeline file:\n {2}\S+pipeline\.json:\d+:\d+ topics\[0\]\.scoring\.error: /,
    );
  });
});
