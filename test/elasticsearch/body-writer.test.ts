import fc from 'fast-check';
import { BodyWriter } from '../../src/elasticsearch/body-writer';
import { TextBody } from '../../src/kafka/shapes/text-body';

/** What a body has after the same was written into it as into a text. */
function bothWays(write: (body: BodyWriter | TextBody) => void): [string, string] {
  const body = new BodyWriter(4096);
  const text = new TextBody();
  write(body);
  write(text);
  return [body.written.toString('utf8'), text.toString()];
}

const bytes = fc
  .string({ maxLength: 300, unit: fc.constantFrom('a', '"', '\\', ' ', 'é', '\n') })
  .map((some) => Buffer.from(some));

describe('the parts of a document', () => {
  test('a time stands as Date writes it', () => {
    const times = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
    fc.assert(
      fc.property(fc.array(times, { minLength: 1, maxLength: 5 }), (some) => {
        const [body] = bothWays((into) => some.forEach((one) => into.time(one)));
        expect(body).toBe(some.map((one) => new Date(one).toISOString()).join(''));
      }),
      { numRuns: 2000 },
    );
  });

  test('a number stands as JSON has it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger()), (one) => {
        const [body] = bothWays((into) => into.number(one));
        expect(body).toBe(JSON.stringify(one));
      }),
      { numRuns: 2000 },
    );
  });

  test('bytes are copied, with and without backslashes, few and many', () => {
    fc.assert(
      fc.property(bytes, fc.nat(300), fc.nat(300), (some, one, other) => {
        const [start, end] = [Math.min(one, other, some.length), Math.min(Math.max(one, other), some.length)];
        const [body, text] = bothWays((into) => {
          into.part(some, start, end);
          into.escaped(some, start, end);
        });
        expect(body).toBe(text);
        const part = some.subarray(start, end);
        const latin1 = Buffer.from(part).toString('latin1');
        const escaped = new BodyWriter(2048);
        escaped.escaped(some, start, end);
        const again = new BodyWriter(2048);
        again.unescaped(escaped.written, 0, escaped.length);
        expect(again.written.toString('latin1')).toBe(latin1);
      }),
      { numRuns: 2000 },
    );
  });
});
