import { readDocuments, readLetters } from '../../fuzz/collect';
import type { Json } from '../../fuzz/json-model';
import { findDifference } from '../../fuzz/same-record';
import { documentId, parseDocumentId } from '../../src/domain/ids';
import { imbalance } from '../../src/domain/ledger';
import { TestPipeline } from '../support/pipeline';
import { POISON_CORPUS, type PoisonCase } from '../support/poison-corpus';

const idOf = (offset: number) => documentId({ generation: 1, partition: 0, offset });

/** In order, at most 4 MiB at once: the topic takes no larger batch than 12 MiB. */
function bySize(cases: PoisonCase[]): PoisonCase[][] {
  const groups: PoisonCase[][] = [[]];
  let bytes = 0;
  for (const one of cases) {
    const size = Buffer.byteLength(one.value ?? '') + Buffer.byteLength(one.key ?? '');
    if (bytes + size > 4 * 1024 * 1024) groups.push([]);
    bytes = bytes + size > 4 * 1024 * 1024 ? size : bytes + size;
    groups.at(-1)!.push(one);
  }
  return groups.filter((group) => group.length > 0);
}

describe('the poison corpus through the real stack', () => {
  const pipeline = new TestPipeline();
  const documents = new Map<string, Map<string, Json>>();
  const letters = new Map<string, { value: Buffer | null; fate: string }[]>();

  beforeAll(async () => {
    await pipeline.createTopic(1, { 'max.message.bytes': String(12 * 1024 * 1024) });
    // Chosen here: kafkajs's partitioner takes minutes for a key of 512 KiB.
    const partition = 0;
    for (const group of bySize(POISON_CORPUS)) {
      await pipeline.produce(
        group.map(({ value, key = 'k', headers }) => ({ partition, value, key, ...(headers ? { headers } : {}) })),
      );
    }
    pipeline.startWorker();
    await pipeline.settled(POISON_CORPUS.length, 1, 120_000);
    const url = process.env['SLUICE_TEST_ELASTICSEARCH_URL']!;
    for await (const { id, source } of readDocuments(url, `${pipeline.topic}-*`)) documents.set(id, source);
    for (const { id, value, reason, field } of await readLetters(pipeline.kafka, pipeline.deadLetterTopic)) {
      letters.set(id, [...(letters.get(id) ?? []), { value, fate: `${reason} ${field}`.trim() }]);
    }
  }, 240_000);
  afterAll(() => pipeline.close(), 60_000);

  test.each(POISON_CORPUS.map(({ name, fate }, offset) => [name, fate, offset] as const))(
    '%s: %s',
    (_name, fate, offset) => {
      const { value } = POISON_CORPUS[offset]!;
      const document = documents.get(idOf(offset));
      const found = letters.get(idOf(offset)) ?? [];
      if (fate === 'indexed') {
        expect(found).toEqual([]);
        expect(findDifference(String(value), document!)).toBeUndefined();
      } else {
        expect(document).toBeUndefined();
        expect(found.map((letter) => letter.fate)).toEqual(fate === 'filtered' ? [] : [fate]);
        for (const letter of found) expect(letter.value?.equals(Buffer.from(value!))).toBe(true);
      }
    },
  );

  test('the account adds up, with nothing foreign in the index or among the letters', async () => {
    const count = (fate: (one: string) => boolean) => POISON_CORPUS.filter((one) => fate(one.fate)).length;
    const { ledger } = await pipeline.partitionState(0);
    expect(imbalance(ledger)).toBe(0);
    expect(ledger).toMatchObject({
      indexed: count((fate) => fate === 'indexed'),
      filtered: count((fate) => fate === 'filtered'),
      deadLettered: count((fate) => fate !== 'indexed' && fate !== 'filtered'),
    });
    for (const id of [...documents.keys(), ...letters.keys()]) {
      expect(parseDocumentId(id)!.offset).toBeLessThan(POISON_CORPUS.length);
    }
  });
});
