import Decoder from 'kafkajs/src/protocol/decoder';
import { fixHeaderDecoding } from '../../src/kafka/header-decode-fix';

type Reduced = Record<string, Buffer | Buffer[]>;
interface Found {
  reduce(gather: () => never, start: object): Reduced;
}

/** Headers as a record holds them: a count, then names and values with their lengths, as zigzag varints. */
function encoded(headers: [string, string | null][]): Buffer {
  const varInt = (value: number) => {
    const bytes: number[] = [];
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
    return Buffer.from([...bytes, rest]);
  };
  const text = (value: string | null) =>
    value === null ? varInt(-1) : Buffer.concat([varInt(Buffer.byteLength(value)), Buffer.from(value)]);
  return Buffer.concat([varInt(headers.length), ...headers.flatMap(([name, value]) => [text(name), text(value)])]);
}

interface Reader {
  readVarIntString(): string;
  readVarIntBytes(): Buffer | null;
  readVarIntArray(read: (decoder: Reader) => { key: string; value: Buffer | null }): Found;
}

/** As kafkajs reads and gathers them. */
function decode(headers: [string, string | null][]): Record<string, string | string[]> {
  const reader = new Decoder(encoded(headers)) as unknown as Reader;
  const found = reader.readVarIntArray((decoder) => ({
    key: decoder.readVarIntString(),
    value: decoder.readVarIntBytes(),
  }));
  const reduced = found.reduce(() => {
    throw new Error('not mended');
  }, {});
  return Object.fromEntries(
    Object.entries(reduced).map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : String(value)]),
  );
}

describe('fixHeaderDecoding', () => {
  beforeAll(() => fixHeaderDecoding());

  test('no headers, one, and several of one name', () => {
    expect(decode([])).toEqual({});
    expect(
      decode([
        ['a', '1'],
        ['b', '2'],
        ['a', '3'],
        ['a', ''],
      ]),
    ).toEqual({ a: ['1', '3', ''], b: '2' });
  });

  test('names of Object.prototype are names like others', () => {
    const headers = decode([
      ['constructor', 'c'],
      ['__proto__', 'p'],
      ['toString', 't'],
      ['toString', 'u'],
    ]);
    expect(Object.entries(headers)).toEqual([
      ['constructor', 'c'],
      ['__proto__', 'p'],
      ['toString', ['t', 'u']],
    ]);
  });

  test('a header without a value is empty', () => {
    expect(
      decode([
        ['a', null],
        ['a', 'x'],
      ]),
    ).toEqual({ a: ['', 'x'] });
  });

  test('100,000 headers take no time to speak of', () => {
    const names = Array.from({ length: 100_000 }, (_, i) => [`h${i}`, ''] as [string, string]);
    const began = process.cpuUsage().user;
    expect(Object.keys(decode(names))).toHaveLength(100_000);
    // Copying them for each one would be five thousand million copies.
    expect(process.cpuUsage().user - began).toBeLessThan(20e6);
  });

  test('another version of kafkajs is refused', () => {
    expect(() => fixHeaderDecoding(class {})).toThrow('fits 2.2.4 only');
  });
});
