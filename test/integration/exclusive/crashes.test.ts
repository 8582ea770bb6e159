import { documentId } from '../../../src/domain/ids';
import { imbalance } from '../../../src/domain/ledger';
import { generatedMessages } from '../../support/log-records';
import { TestPipeline } from '../../support/pipeline';
import { killServer, startServer } from '../../support/servers';
import { waitFor } from '../../support/wait-for';

const BACKLOG = 200_000;
const PARTITIONS = [0, 1, 2, 3];

describe('200,000 records already in Kafka', () => {
  const pipeline = new TestPipeline({ BATCH_MAX_RECORDS: '2000' });
  const messages = generatedMessages(BACKLOG, 7);

  beforeAll(async () => {
    await pipeline.createTopic();
    await pipeline.produce(messages);
  }, 120_000);
  afterAll(() => pipeline.close(), 60_000);

  test('are indexed exactly once each, though the worker is killed twice and Elasticsearch once', async () => {
    const progress = (share: number) =>
      waitFor(async () => (await pipeline.countDocuments()) >= BACKLOG * share, 120_000);
    const first = pipeline.startWorker();
    await progress(0.1);
    await pipeline.killWorker(first);
    const second = pipeline.startWorker();
    await progress(0.3);
    await killServer('elasticsearch');
    await startServer('elasticsearch');
    await progress(0.6);
    await pipeline.killWorker(second);
    pipeline.startWorker();
    const ledger = await pipeline.settled(BACKLOG, 4, 180_000);

    expect(ledger['indexed']! + ledger['duplicate']!).toBe(BACKLOG);
    expect(ledger).toMatchObject({ deadLettered: 0, filtered: 0, lostUpstream: 0, void: 0 });
    for (const partition of PARTITIONS) expect(imbalance((await pipeline.partitionState(partition)).ledger)).toBe(0);

    const documents = await pipeline.allDocuments();
    expect(documents).toHaveLength(BACKLOG);
    const expected: string[] = [];
    for (const partition of PARTITIONS) {
      const end = Number((await pipeline.partitionState(partition)).ledger.next);
      for (let offset = 0; offset < end; offset += 1) expected.push(documentId({ generation: 1, partition, offset }));
    }
    expect(documents.map(({ id }) => id)).toEqual(expected);
    const content = (record: Record<string, unknown>) =>
      ['request_id', 'service', 'message', 'status_code', 'response_time_ms']
        .map((name) => String(record[name]))
        .join('|');
    const sent = messages.map(({ value }) => content(JSON.parse(value) as Record<string, unknown>)).sort();
    expect(documents.map(({ source }) => content(source)).sort()).toEqual(sent);
  }, 480_000);

  test('after a killed worker the next record of each partition is indexed within 20 s', async () => {
    pipeline.startWorker();
    // At the end of its partition a pull on the shared queue names no worker until a record comes.
    const aFew = (seed: number) =>
      PARTITIONS.flatMap((partition) => generatedMessages(5, seed + partition).map((one) => ({ ...one, partition })));
    await pipeline.produce(aFew(50));
    await pipeline.settled(BACKLOG + 20, 4, 30_000);
    const serving = await waitFor(async () => (await pipeline.partitionState(0)).workerQueue);
    const victims = pipeline.runningWorkers().filter(({ pid }) => serving.includes(`-${pid}-`));
    expect(victims).toHaveLength(1);
    await pipeline.killWorker(victims[0]!);
    const killedAt = Date.now();
    await pipeline.produce(aFew(100));
    await pipeline.settled(BACKLOG + 40, 4, 30_000);
    expect(await pipeline.countDocuments()).toBe(BACKLOG + 40);
    expect(Date.now() - killedAt).toBeLessThan(20_000);
  }, 90_000);
});
