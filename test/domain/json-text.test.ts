import { JsonText, toJson } from '../../src/domain/json-text';

test('members that are text stand as they are behind the others', () => {
  const logs = new JsonText('[{"n":12345678901234567890.10}]');
  expect(toJson({ total: 1, logs, next: null })).toBe('{"total":1,"next":null,"logs":[{"n":12345678901234567890.10}]}');
  expect(toJson({ logs })).toBe('{"logs":[{"n":12345678901234567890.10}]}');
  expect(toJson({ a: [1], none: undefined })).toBe('{"a":[1]}');
  expect(toJson([1, 2])).toBe('[1,2]');
});

test('a text within something else is written as the value that it stands for', () => {
  expect(JSON.stringify({ page: { logs: new JsonText('[ {"a": 1} ]') } })).toBe('{"page":{"logs":[{"a":1}]}}');
});
