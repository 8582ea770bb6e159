import { carriedOut, expiredSpans, sumExpired, sumOfPartition, type ExpiredIndex } from '../../src/domain/expiry';

function expired(kind: ExpiredIndex['kind'], day: string, parts: [number, number, number, string, string][]) {
  return {
    ...{ topic: 'logs', kind, index: `${kind}-${day}`, uuid: day, day, documents: 0, expiredAt: '' },
    parts: parts.map(([generation, partition, documents, from, to]) => ({
      ...{ generation, partition, documents, settled: 0, from, to },
    })),
  };
}

const records = [
  expired('logs', '2026.11.21', [
    [1, 0, 90, '100', '200'],
    [1, 1, 5, '0', '5'],
  ]),
  expired('logs', '2026.11.20', [[1, 0, 100, '0', '100']]),
  expired('dead_letters', '2026.11.20', [[1, 0, 2, '150', '260']]),
  expired('logs', '2026.11.22', [
    [2, 0, 10, '0', '10'],
    [1, 0, 1, '300', '301'],
  ]),
];

test('the spans of a partition are joined where they meet, of its generation alone', () => {
  expect(expiredSpans(records, { generation: 1, partition: 0 })).toEqual([
    { from: 0, to: 260 },
    { from: 300, to: 301 },
  ]);
  expect(expiredSpans(records, { generation: 2, partition: 0 })).toEqual([{ from: 0, to: 10 }]);
  expect(expiredSpans(records, { generation: 1, partition: 9 })).toEqual([]);
});

test('sums are by generation and partition, documents and letters apart', () => {
  expect(sumExpired(records)).toEqual([
    { generation: 1, partition: 0, documents: 191, letters: 2, from: '0', to: '301' },
    { generation: 1, partition: 1, documents: 5, letters: 0, from: '0', to: '5' },
    { generation: 2, partition: 0, documents: 10, letters: 0, from: '0', to: '10' },
  ]);
});

test('the sum of one partition tells letters whose record had a document from those without', () => {
  const [letters] = [expired('dead_letters', '2026.11.19', [[1, 0, 5, '0', '9']])];
  letters.parts[0]!.settled = 3;
  const place = { generation: 1, partition: 0 };
  expect(sumOfPartition([...records, letters], place)).toEqual({ documents: 191, open: 4, settled: 3, added: 3 });
  expect(sumOfPartition(records, { generation: 9, partition: 0 })).toEqual({
    documents: 0,
    open: 0,
    settled: 0,
    added: 0,
  });
});

test('a deletion whose very index is still there was not carried out', () => {
  const [first, second] = records;
  const there = { index: first!.index, day: first!.day, uuid: first!.uuid, documents: 0, bytes: 0 };
  expect(carriedOut([first!, second!], [there])).toEqual([second]);
  expect(carriedOut([first!], [{ ...there, uuid: 'created since' }])).toEqual([first]);
});
