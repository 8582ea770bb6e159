import fc from 'fast-check';
import { isJsonObject, LineJoiner, type JoinOptions } from '../../src/shipping/join-lines';
import { PatternError, startPattern } from '../../src/shipping/record-start';

function join(text: string, options: Partial<JoinOptions> = {}) {
  const joiner = new LineJoiner({ multiline: 'auto', maxBytes: 10_000, ...options });
  const lines = text.split('\n').map((line, at) => ({ number: at + 1, bytes: Buffer.from(line), length: line.length }));
  const records = [...joiner.push(lines), ...joiner.flush()];
  return {
    records: records.map(({ bytes }) => bytes.toString()),
    places: records.map(({ from, to }) => [from, to]),
    joiner,
  };
}
const recordsOf = (text: string, options?: Partial<JoinOptions>) => join(text, options).records;

const JAVA = `2026-11-24 11:59:58,123 ERROR c.a.Pay: refused
java.io.IOException: reset
	at a.B.c(B.java:1)
	... 3 more
Caused by: java.lang.Error: x
	at d.E.f(E.java:2)`;
const PYTHON = `ERROR:root:it broke
Traceback (most recent call last):
  File "a.py", line 1, in <module>
    1 / 0
ZeroDivisionError: division by zero

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 3, in <module>
    raise ValueError("x")
ValueError: x`;
const NODE = `TypeError: x is undefined
    at f (a.js:1:1)
    at async g (b.js:2:2)`;

describe('joining lines', () => {
  test.each([
    ['Java', JAVA],
    ['Python', PYTHON],
    ['Node', NODE],
  ])('a stack trace of %s is one record, and what follows is another', (_language, trace) => {
    const next = trace === JAVA ? '2026-11-24 11:59:59,000 INFO c.a.Pay: on we go' : 'on we go';
    expect(recordsOf(`${trace}\n${next}`)).toEqual([trace, next]);
  });

  test('where records begin with a time, what begins with none goes on', () => {
    expect(recordsOf('[2026-11-28T12:00:00,1][WARN ] a\nb\n\nc\n[2026-11-28T12:00:01,1] d\n')).toEqual([
      '[2026-11-28T12:00:00,1][WARN ] a\nb\n\nc',
      '[2026-11-28T12:00:01,1] d',
    ]);
  });

  test('lines without a time or a trace stand alone', () => {
    expect(recordsOf('a\nb\n1.1.1.1 - - [x] "GET /"\nc=1 level=info')).toHaveLength(4);
    expect(recordsOf('started\nTraceback (most recent call last):\n  x\nE: y')).toEqual([
      'started',
      'Traceback (most recent call last):\n  x\nE: y',
    ]);
  });

  test('a JSON object stands alone, before and behind anything', () => {
    const object = '{"level":30,"msg":"x"}';
    expect(recordsOf(`2026-11-24 11:59:58 a\n${object}\n  b\n${object}\n{cut\n{"a":`)).toEqual([
      ...['2026-11-24 11:59:58 a', object, '  b', object, '{cut', '{"a":'],
    ]);
  });

  test('tells the first and the last line of each record, and passes over empty lines', () => {
    expect(join('\na\n  b\n\n\nc\n\n').places).toEqual([
      [2, 3],
      [6, 6],
    ]);
  });

  test('off joins nothing', () => {
    expect(recordsOf(NODE, { multiline: 'off' })).toHaveLength(3);
  });

  test('a record that grows beyond the limit is cut, and counted', () => {
    const { records, joiner } = join(`a\n ${'b'.repeat(50)}\n ${'c'.repeat(50)}`, { maxBytes: 60 });
    expect(records.map((record) => record.length)).toEqual([53, 51]);
    expect(joiner.cut).toBe(1);
  });

  test('no byte is lost and none comes twice, whatever the lines are', () => {
    const line = fc.constantFrom(
      'a',
      ' b',
      '\tat c',
      '',
      'Caused by: d',
      'Traceback (most recent call last):',
      '{"a":1}',
      '2026-11-24 11:59:58 e',
      'ERROR f',
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 30 }),
        fc.constantFrom('auto' as const, 'off' as const),
        (lines, multiline) => {
          const told = recordsOf(lines.join('\n'), { multiline }).join('\n');
          const without = (text: string) => text.split('\n').filter((one) => one !== '');
          expect(without(told)).toEqual(lines.filter((one) => one !== ''));
        },
      ),
    );
  });
});

describe('a pattern of the user', () => {
  test('says where records begin, objects of several lines included', () => {
    const multiline = startPattern('^\\{');
    expect(recordsOf('{\n "a": 1\n}\n{"b":2}', { multiline })).toEqual(['{\n "a": 1\n}', '{"b":2}']);
  });

  test('that is none is refused', () => {
    expect(() => startPattern('(')).toThrow(PatternError);
  });

  test('that takes exponential time ends with a word about it', () => {
    const evil = startPattern('^(a+)+$', 50);
    expect(evil(['aaa', 'b'])).toEqual([true, false]);
    expect(() => evil([`${'a'.repeat(60)}!`])).toThrow(/longer than 50 ms/);
  });
});

describe('isJsonObject', () => {
  test.each([
    ['{}', true],
    [' {"a":1} ', true],
    ['[1]', false],
    ['{"a":', false],
    ['null', false],
    ['', false],
    ['x {}', false],
  ])('%j: %s', (text, expected) => {
    expect(isJsonObject(Buffer.from(text))).toBe(expected);
  });
});
