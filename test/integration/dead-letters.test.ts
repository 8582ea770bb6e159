import { documentId } from '../../src/domain/ids';
import { createLetterAccount } from '../../src/elasticsearch/dead-letter-account';
import { generatedMessages } from '../support/log-records';
import { TestPipeline } from '../support/pipeline';
import { waitFor } from '../support/wait-for';

jest.setTimeout(120_000);

describe('dead letters on the real servers', () => {
  const pipeline = new TestPipeline();
  const account = createLetterAccount(pipeline.elasticsearch, { indexPrefix: pipeline.topic });
  const GOOD = 200;
  const BAD = 20;

  beforeAll(async () => {
    await pipeline.createTopic(2);
    const good = generatedMessages(GOOD, 1).map((one, i) => ({ ...one, partition: i % 2 }));
    const bad = Array.from({ length: BAD }, (_, i) => ({ value: `not json ${i}`, partition: i % 2 }));
    await pipeline.produce([...good.slice(0, 100), ...bad, ...good.slice(100)]);
  });
  afterAll(() => pipeline.close());

  test('before any letter: counts of nothing', async () => {
    expect(await account.countByState({ generation: 1, partition: 0 })).toEqual({
      ...{ open: 0, redriving: 0, redriven: 0, resolved: 0 },
    });
    expect(await account.list({ generation: 1, partition: 0 })).toEqual([]);
    expect((await account.countByPartition(1)).size).toBe(0);
  });

  test('each refused record is one open letter, and no document', async () => {
    pipeline.startWorker();
    expect(await pipeline.settled(GOOD + BAD, 2)).toMatchObject({ indexed: GOOD, deadLettered: BAD });
    expect(await account.countByState({ generation: 1, partition: 0 })).toMatchObject({ open: BAD / 2, redriven: 0 });
    const counts = await account.countByPartition(1);
    expect([...counts.values()].map(({ open }) => open)).toEqual([BAD / 2, BAD / 2]);
    const letters = await account.list({ generation: 1, partition: 0 });
    expect(letters).toHaveLength(BAD / 2);
    const [first, second] = letters;
    expect(await account.list({ generation: 1, partition: 0, from: second!.offset }, 1)).toEqual([second]);
    expect(await account.countByState({ generation: 1, partition: 0, to: first!.offset })).toMatchObject({ open: 0 });
    const documents = new Set((await pipeline.allDocuments()).map(({ id }) => id));
    const ids = letters.map(({ offset }) => documentId({ generation: 1, partition: 0, offset }));
    expect(ids.filter((id) => documents.has(id))).toEqual([]);
    await waitFor(async () => documents.size === GOOD);
  });
});
