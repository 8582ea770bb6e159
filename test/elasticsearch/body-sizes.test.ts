import { BodySizes } from '../../src/elasticsearch/body-sizes';
import { buildParts } from '../support/bulk';
import { batchRef, kafkaRecord, PLAIN_LOG } from '../support/records';

describe('the size that a bulk body begins with', () => {
  const batch = { bytes: 1_000_000, count: 1000 };

  test('is what the batch before took, and a little more', () => {
    const sizes = new BodySizes();
    sizes.learn(batch, 1_900_000);
    const guess = sizes.guess(batch);
    expect(guess).toBeGreaterThan(1_900_000);
    expect(guess).toBeLessThan(2_000_000);
  });

  test('follows records that take more at once, and those that take less by and by', () => {
    const sizes = new BodySizes();
    sizes.learn(batch, 5_000_000);
    expect(sizes.guess(batch)).toBeGreaterThan(5_000_000);
    for (let round = 0; round < 50; round += 1) sizes.learn(batch, 1_500_000);
    expect(sizes.guess(batch)).toBeGreaterThan(1_500_000);
    expect(sizes.guess(batch)).toBeLessThan(1_600_000);
  });

  test('records that become smaller, and a batch without any', () => {
    const sizes = new BodySizes();
    sizes.learn({ bytes: 0, count: 0 }, 0);
    for (let round = 0; round < 200; round += 1) sizes.learn(batch, 10_000);
    expect(sizes.guess(batch)).toBeGreaterThanOrEqual(1_000_000);
    expect(sizes.guess(batch)).toBeLessThan(1_050_000);
  });

  test('one that is far too small costs no byte of the body', () => {
    const records = Array.from({ length: 300 }, (_, offset) => kafkaRecord({ ...PLAIN_LOG, n: offset }, { offset }));
    const [part] = buildParts({ ...batchRef(0, 1), bytes: 1 }, 1, records);
    const lines = part!.body.toString().trimEnd().split('\n');
    expect(lines).toHaveLength(600);
    expect(JSON.parse(lines[599]!)).toMatchObject({ attributes: { n: 299 } });
  });
});
