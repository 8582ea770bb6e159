import fc from 'fast-check';
import { groupByKind, kindOf } from '../../src/domain/record-kind';
import { FetchedRecord } from '../../src/kafka/fetched-record';

const kind = (text: string) => kindOf(Buffer.from(text), 0, Buffer.byteLength(text));
const grouped = (texts: (string | null)[]) =>
  groupByKind(texts.map((value) => ({ value: value === null ? null : Buffer.from(value) })));

describe('the kind of a record', () => {
  test.each([
    ['the value of its first name', '{"level":30,"a":"b"}', '{"level":50}'],
    ['texts', '{"msg":"one"', '{"msg":"two"}'],
    ['blanks before a value', '{"level": 30', '{"level":  50'],
    ['times', '2026-11-24 11:59:58,120 [main]', '2027-01-01T00:00:00Z x'],
    ['priorities', '<134>1 2026', '<165>1 2027'],
    ['words', 'level=info', 'start=1'],
    ['other letters', 'é€¥', 'ü€¥'],
  ])('is the same for other %s', (_what, one, other) => expect(kind(one)).toBe(kind(other)));

  test.each([
    ['the first name', '{"level":30}', '{"lvl":30}'],
    ['a number for a text', '{"level":30}', '{"level":"30"}'],
    ['a list', '{"level":30}', '{"level":[30]}'],
    ['JSON', '{"level":30}', 'level=30'],
    ['the form of a line', '2026-11-24 11:59:58', '203.0.113.9 - -'],
    ['nothing', 'a', ''],
  ])('differs by %s', (_what, one, other) => expect(kind(one)).not.toBe(kind(other)));

  test('is that of the value, wherever it stands in the bytes of an answer', () => {
    const value = Buffer.from('{"level":30}');
    const bytes = Buffer.concat([Buffer.from('key"2":'), value, Buffer.from(':1}')]);
    const fetched = new FetchedRecord(1, 2, bytes, 0, 7, 7, value.length, 0);
    expect(fetched.kind).toBe(kind('{"level":30}'));
    const missing = new FetchedRecord(1, 2, bytes, 0, 7, 7, -1, 0);
    expect([missing.kind, kindOf(bytes, 7, 0)]).toEqual([kind(''), kind('')]);
  });
});

describe('records of one kind stand together', () => {
  test('kinds as they come, records of each in their order', () => {
    expect(grouped(['{"a":1}', 'x=1', '{"a":2}', null, 'y=2', '{"a":3}', null])).toEqual([0, 2, 5, 1, 4, 3, 6]);
  });

  test.each([
    ['none', []],
    ['one kind', ['{"a":1}', '{"a":2}', '{"a":3}']],
    ['a name that is new each time', Array.from({ length: 65 }, (_, turn) => `{"a${turn}":1}`)],
  ])('as they are: %s', (_what, texts) => expect(grouped(texts)).toBeUndefined());

  test('each record once, whatever they are', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('{"a":1}', '{"b":1}', '{"a": "x"}', '<1>', '1 2'));
    fc.assert(
      fc.property(fc.array(fc.option(text), { maxLength: 80 }), (texts) => {
        const order = grouped(texts) ?? texts.map((_, place) => place);
        expect([...order].sort((a, b) => a - b)).toEqual(texts.map((_, place) => place));
        const kinds = order.map((place) => (texts[place] === null ? kind('') : kind(texts[place]!)));
        if (grouped(texts)) expect(kinds.filter((one, at) => one !== kinds[at - 1])).toHaveLength(new Set(kinds).size);
      }),
    );
  });

  test('a record that knows its kind is not asked for its value', () => {
    const known = (one: number) => ({
      kind: one,
      get value(): never {
        throw new Error('asked for');
      },
    });
    expect(groupByKind([1, 2, 1].map(known))).toEqual([0, 2, 1]);
  });
});
