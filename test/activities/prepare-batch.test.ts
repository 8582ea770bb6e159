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

describe('records of several kinds', () => {
  const kinds = [
    '{"level":30,"time":1795521598123,"msg":"m"}',
    'not json',
    PLAIN_LOG,
    '{"msg":"m","severity":"INFO"}',
    '',
  ];
  const mixed = Array.from({ length: 40 }, (_, offset) => kafkaRecord(kinds[offset % 5], { offset: offset * 3 }));
  const prepared = prepareBatch(batchRef(0, 120), mixed, 1, deps());

  test('those of a kind follow each other in the body, each at its place in the batch', () => {
    const [part] = prepared.parts;
    const positions = prepared.positions[0]!;
    expect(positions.map((position) => mixed[position]!.offset)).toEqual(part!.offsets);
    const turns = (kind: number) => Array.from({ length: 8 }, (_, turn) => turn * 5 + kind);
    expect(positions).toEqual([...turns(0), ...turns(2), ...turns(3)]);
    positions.forEach((position, item) => {
      const lines = String(part!.body.subarray(part!.starts[item], part!.starts[item + 1]))
        .trim()
        .split('\n');
      expect(JSON.parse(lines[1]!)).toMatchObject({ kafka: { offset: position * 3 } });
    });
  });

  test('those that are refused are told of in the order of the batch', () => {
    const refused = prepared.rejected.map(({ position }) => position);
    expect(refused).toEqual(mixed.map((_, position) => position).filter((position) => [1, 4].includes(position % 5)));
  });
});
