import { documentId, indexName, parseDocumentId } from '../../src/domain/ids';

describe('documentId', () => {
  it('sorts like the offsets, whatever their size', () => {
    const offsets = [0, 9, 10, 99, 12_345, 2 ** 40, Number.MAX_SAFE_INTEGER];
    const ids = offsets.map((offset) => documentId({ generation: 1, partition: 3, offset }));
    expect([...ids].sort()).toEqual(ids);
  });

  it('is undone by parseDocumentId', () => {
    const identity = { generation: 2, partition: 17, offset: 9_007_199_254_740_991 };
    expect(parseDocumentId(documentId(identity))).toEqual(identity);
  });

  it('is 24 base64url characters, which Elasticsearch stores in 18 bytes', () => {
    expect(documentId({ generation: 1, partition: 0, offset: 7 })).toMatch(/^[\w-]{24}$/);
  });
});

describe('parseDocumentId', () => {
  it.each(['', 'abc', '01-0001-1', '01_0001_0000000000000001'])('refuses the foreign id %p', (id) => {
    expect(parseDocumentId(id)).toBeUndefined();
  });
});

describe('indexName', () => {
  it('is the UTC day of the Kafka timestamp, to the last millisecond', () => {
    const midnight = Date.UTC(2026, 10, 25);
    expect(indexName('logs', midnight - 1)).toBe('logs-2026.11.24');
    expect(indexName('logs', midnight)).toBe('logs-2026.11.25');
  });

  it.each([
    [Date.UTC(2000, 0, 1), 'logs-2000.01.01'],
    [Date.UTC(2999, 11, 31, 23), 'logs-2999.12.31'],
    [Date.UTC(2000, 0, 1) - 1, 'logs-old'],
    [Date.UTC(3000, 0, 1), 'logs-old'],
    [-1, 'logs-old'],
    [1.7e18, 'logs-old'],
    [NaN, 'logs-old'],
  ])('of %d is %s, which our index template covers', (timestamp, name) => {
    expect(indexName('logs', timestamp)).toBe(name);
  });

  it('puts days before the oldest day into one index', () => {
    const day = Date.UTC(2026, 10, 24);
    expect(indexName('logs', day - 1, '2026-11-24')).toBe('logs-old');
    expect(indexName('logs', day, '2026-11-24')).toBe('logs-2026.11.24');
  });

  it('is right for more days than it keeps names of', () => {
    for (let day = 0; day < 1200; day += 1) {
      const time = Date.UTC(2020, 0, 1 + day);
      expect(indexName('x', time)).toBe(`x-${new Date(time).toISOString().slice(0, 10).replaceAll('-', '.')}`);
    }
  });
});
