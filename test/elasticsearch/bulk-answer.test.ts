import { allCreated, BulkAnswerSerializer } from '../../src/elasticsearch/bulk-answer';

const answerOf = (statuses: number[]) => JSON.stringify({ items: statuses.map((status) => ({ index: { status } })) });

describe('the answer to a bulk request', () => {
  const serializer = new BulkAnswerSerializer();

  test.each([1, 2, 500, 16_000, 3])('%d new documents: what parsing gives', (count) => {
    const text = answerOf(new Array<number>(count).fill(201));
    expect(allCreated(text)).toEqual(JSON.parse(text));
    expect(serializer.deserialize(text)).toEqual(JSON.parse(text));
  });

  test.each([
    answerOf([]),
    answerOf([200]),
    answerOf([201, 200, 201]),
    answerOf([201, 409]),
    answerOf([201, 201]).replace('201}},', '201}}, '),
    `${answerOf([201])} `,
    answerOf([201, 201]).replace('"items"', '"itens"'),
    '{"items":[{"create":{"status":201}}]}',
    '{"hits":{"hits":[]}}',
    '[]',
  ])('%s is parsed', (text) => {
    expect(allCreated(text)).toBeUndefined();
    expect(serializer.deserialize(text)).toEqual(JSON.parse(text));
  });

  test('of two answers of one size each is told for itself', () => {
    expect(allCreated(answerOf([201, 201]))).toBeDefined();
    expect(allCreated(answerOf([201, 409]))).toBeUndefined();
    expect(allCreated(answerOf([201, 201]))?.items).toHaveLength(2);
  });
});
