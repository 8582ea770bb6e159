import { Partitioners } from 'kafkajs';
import { partitionOf } from '../../src/generator/partition';
import { readLogs } from './read-logs';

describe('partitionOf', () => {
  test.each([1, 3, 4, 7, 100])(
    'agrees with the default partitioner of other Kafka clients on %d partitions',
    (count) => {
      const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({ partitionId, leader: 1 }));
      const theirs = Partitioners.DefaultPartitioner();
      const keys = Array.from({ length: 500 }, (_, i) => 'req-0123456789abcdef'.slice(i % 17) + String(i * i));
      const disagreeing = keys.filter(
        (key) =>
          partitionOf(key, count) !==
          theirs({ topic: 't', partitionMetadata: partitionMetadata as never, message: { key, value: '' } }),
      );
      expect(disagreeing).toEqual([]);
    },
  );

  test('spreads the logs evenly', () => {
    const counts = [0, 0, 0, 0];
    for (const { key } of readLogs(40_000)) counts[partitionOf(key, 4)]!++;
    for (const count of counts) expect(Math.abs(count / 10_000 - 1)).toBeLessThan(0.06);
  });
});
