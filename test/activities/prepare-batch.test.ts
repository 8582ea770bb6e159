import { prepareBatch, prepareInStretches } from '../../src/activities/prepare-batch';
import { decodeRecord } from '../../src/kafka/decode-record';
import { MemoryIndex } from '../support/memory-index';
import { batchRef, kafkaRecord, PLAIN_LOG, RULES } from '../support/records';

const records = Array.from({ length: 1050 }, (_, offset) =>
  kafkaRecord(offset % 50 === 7 ? 'not json' : { ...PLAIN_LOG, message: `log ${offset}` }, { offset }),
);
const ref = batchRef(0, records.length);
const deps = () => ({ decode: decodeRecord, rules: RULES, index: new MemoryIndex() });

describe('prepareInStretches', () => {
  afterEach(() => jest.restoreAllMocks());

  /** Prepares with a clock that goes on by so many ms at each look; how often everything else had its turn. */
  async function turns(msALook: number) {
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => (now += msALook));
    let done = false;
    let count = 0;
    const others = () => {
      if (done) return;
      count += 1;
      setImmediate(others);
    };
    setImmediate(others);
    const prepared = await prepareInStretches(ref, records, 1, deps());
    done = true;
    return { prepared, count };
  }

  test('gives what preparing in one go gives', async () => {
    const { prepared } = await turns(30);
    const atOnce = prepareBatch(ref, records, 1, deps());
    expect(prepared).toEqual(atOnce);
    expect(prepared.rejected).toHaveLength(21);
    expect(prepared.parts[0]!.offsets).toHaveLength(1029);
  });

  test('everything else has its turn after each tenth of a second, and only then', async () => {
    expect((await turns(1)).count).toBe(0);
    expect((await turns(1000)).count).toBe(10);
    const some = (await turns(40)).count;
    expect(some).toBeGreaterThan(1);
    expect(some).toBeLessThan(5);
  });
});
