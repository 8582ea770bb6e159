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
});
