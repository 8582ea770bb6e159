import fc from 'fast-check';
import { LineSplitter } from '../../src/shipping/lines';

const split = (chunks: Buffer[], maxBytes = 1000) => {
  const splitter = new LineSplitter(maxBytes);
  return [...chunks.flatMap((chunk) => splitter.feed(chunk)), ...splitter.end()];
};
const texts = (text: string, maxBytes?: number) =>
  split([Buffer.from(text)], maxBytes).map(({ number, bytes }) => [number, bytes?.toString()]);

describe('LineSplitter', () => {
  test.each<[string, string, [number, string | undefined][]]>([
    ['a last line without its end', 'a\nb', [[1, 'a'], [2, 'b']]], // prettier-ignore
    ['CR LF', 'a\r\nb\r\n', [[1, 'a'], [2, 'b']]], // prettier-ignore
    ['a CR within a line', 'a\rb\n', [[1, 'a\rb']]],
    ['empty lines', '\n\na\n', [[1, ''], [2, ''], [3, 'a']]], // prettier-ignore
    ['zero characters', 'a\0b\n\0\n', [[1, 'a\0b'], [2, '\0']]], // prettier-ignore
    ['a byte order mark, before the first line only', '\uFEFFa\n\uFEFFb\n', [[1, 'a'], [2, '\uFEFFb']]], // prettier-ignore
    ['nothing', '', []],
  ])('%s', (_case, text, expected) => {
    expect(texts(text)).toEqual(expected);
  });

  test('a line at the limit is kept, one above is left out, and the next one is whole', () => {
    expect(texts('1234567890\r\n12345678901\nshort\n', 10)).toEqual([
      [1, '1234567890'],
      [2, undefined],
      [3, 'short'],
    ]);
  });

  test('of a line of any length no more than the limit is held', () => {
    const splitter = new LineSplitter(100);
    for (let i = 0; i < 1000; i += 1) expect(splitter.feed(Buffer.alloc(1000, 'x'))).toEqual([]);
    const [line] = splitter.feed(Buffer.from('\n'));
    expect(line).toEqual({ number: 1, bytes: undefined, length: 1_000_000 });
  });

  test('wherever the bytes are cut into chunks, the lines are the same', () => {
    const bytes = fc.array(fc.constantFrom(97, 98, 10, 13, 0, 255), { maxLength: 60 }).map((some) => Buffer.from(some));
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(60), { maxLength: 6 }), (all, cuts) => {
        const ends = [...cuts.map((cut) => Math.min(cut, all.length)), all.length].sort((a, b) => a - b);
        const chunks = ends.map((end, at) => all.subarray(ends[at - 1] ?? 0, end));
        expect(split(chunks, 8)).toEqual(split([all], 8));
      }),
    );
  });
});
