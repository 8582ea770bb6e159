import fc from 'fast-check';
import { BodyWriter } from '../../src/elasticsearch/body-writer';
import { writeJson } from '../../src/elasticsearch/write-json';

/** What is written, into a body that begins with next to no room. */
function written(value: unknown): string {
  const body = new BodyWriter(1);
  writeJson(body, value);
  return body.written.toString('utf8');
}

describe('a value that is written as JSON', () => {
  test.each([
    [{}],
    [[]],
    [{ a: undefined, b: null, c: [undefined, true, false] }],
    [{ nested: { deeper: [{ deepest: 'x' }, []] }, after: 1 }],
    [[0, -0, 1, -1, 0.1, 1e21, 1e-7, 2 ** 53, -(2 ** 53), 123456789012345680, NaN, Infinity, 99999999, 100000000]],
    ['', 'a"b', 'a\\b', 'a\nb', '\u0000', '\u007f', '\u0080', 'é', '😀', '\ud800', '\u2028'],
    [JSON.parse('{"__proto__":{"a":1},"constructor":"c","":0}')],
  ])('%j', (...values) => {
    for (const value of values) expect(written(value)).toBe(JSON.stringify(value));
  });

  test('whatever it is, as JSON.stringify writes it', () => {
    const leaf = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    const value = fc.anything({
      values: [leaf, fc.constant(undefined)],
      key: fc.string({ unit: 'grapheme' }),
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(value, (one) => {
        expect(written(one)).toBe(JSON.stringify(one) ?? 'null');
      }),
      { numRuns: 1000 },
    );
  });
});
