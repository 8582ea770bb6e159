import { join } from 'node:path';
import { readLetters } from '../../fuzz/collect';
import { projectRoot } from '../../local/project';
import { documentId } from '../../src/domain/ids';
import { imbalance } from '../../src/domain/ledger';
import { generatedMessages } from '../support/log-records';
import { TestPipeline } from '../support/pipeline';
import { PLAIN_LOG } from '../support/records';
import { waitFor } from '../support/wait-for';

const BOMB = join(projectRoot(), 'test', 'support', 'bomb.js');
const RECORDS = 2000;

/** Starts a worker again whenever it has died, as the supervisor of a stack does. */
function keepWorker(pipeline: TestPipeline, extra: Record<string, string>) {
  let deaths = -1;
  const timer = setInterval(() => {
    if (pipeline.runningWorkers().length > 0) return;
    deaths += 1;
    pipeline.startWorker(extra);
  }, 500);
  return { deaths: () => deaths, stop: () => clearInterval(timer) };
}

// Each takes two deaths and their waits: all of them by `npm run test:killers`, the plainest one in every run.
const KINDS = process.env['SLUICE_TEST_KILLERS'] === 'all' ? ['abort', 'loop', 'memory'] : ['abort'];

describe.each(KINDS)('a record that kills its process by %s, among 2,000', (kind) => {
  const pipeline = new TestPipeline();
  const options = kind === 'memory' ? `--require ${BOMB} --max-old-space-size=192` : `--require ${BOMB}`;
  const bombWith = (secret: string) =>
    JSON.stringify({
      ...PLAIN_LOG,
      message: `password=${secret} parsed`,
      token: secret,
      bomb: `sluice-test-bomb:${kind}`,
    });
  const bomb = bombWith('Zq7killerXw9');
  const at = 1234;
  let worker: ReturnType<typeof keepWorker>;

  beforeAll(async () => {
    await pipeline.createTopic(1);
    const logs = generatedMessages(RECORDS - 1, 5);
    await pipeline.produce([...logs.slice(0, at), { key: 'bomb', value: bomb }, ...logs.slice(at)]);
  }, 60_000);
  afterAll(async () => {
    worker?.stop();
    await pipeline.close();
  }, 60_000);

  test('is quarantined alone, and all others are indexed, with nobody doing anything', async () => {
    const began = Date.now();
    worker = keepWorker(pipeline, { NODE_OPTIONS: options });
    const ledger = await pipeline.settled(RECORDS, 1, 400_000);
    process.stderr.write(
      `${kind}: ${Date.now() - began} ms from the worker's first start, ${worker.deaths()} deaths\n`,
    );
    worker.stop();

    expect(ledger).toMatchObject({ indexed: RECORDS - 1, deadLettered: 1, duplicate: 0, void: 0 });
    expect(imbalance((await pipeline.partitionState(0)).ledger)).toBe(0);
    expect(await pipeline.countDocuments()).toBe(RECORDS - 1);
    const letters = await readLetters(pipeline.kafka, pipeline.deadLetterTopic);
    expect(letters.map(({ id, reason, value }) => [id, reason, String(value)])).toEqual([
      [documentId({ generation: 1, partition: 0, offset: at }), 'process_killed', bombWith('[redacted:field]')],
    ]);
    // Two lost attempts, and none after that.
    expect(worker.deaths()).toBe(2);
  }, 430_000);
});

describe('three kill -9 of a worker with innocent records', () => {
  const pipeline = new TestPipeline({ BATCH_MAX_RECORDS: '2000' });
  const messages = generatedMessages(60_000, 6);

  beforeAll(async () => {
    await pipeline.createTopic(1);
    await pipeline.produce(messages);
  }, 60_000);
  afterAll(() => pipeline.close(), 60_000);

  test('quarantine nothing', async () => {
    for (const share of [0.05, 0.2, 0.4]) {
      const worker = pipeline.startWorker();
      await waitFor(async () => (await pipeline.countDocuments()) >= messages.length * share, 60_000);
      await pipeline.killWorker(worker);
    }
    pipeline.startWorker();
    const ledger = await pipeline.settled(messages.length, 1, 120_000);
    expect(ledger).toMatchObject({ deadLettered: 0, filtered: 0, void: 0 });
    expect(await pipeline.countDocuments()).toBe(messages.length);
  }, 300_000);
});
