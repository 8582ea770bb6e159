import type { Message } from 'kafkajs';
import { PLAIN_LOG } from './records';

/** One record that is hard to digest, and the only fate it may have. */
export interface PoisonCase {
  name: string;
  value: Buffer | string | null;
  key?: Buffer | string | null;
  headers?: Message['headers'];
  /** `indexed` as it came, `filtered`, or the code of its dead letter and the field's path. */
  fate: string;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** A log with more members, written as text so that they may be anything. */
export const withMembers = (members: string) =>
  `{"timestamp":"2026-11-24T11:59:59.000Z","service":"auth","level":"info","message":"ok",${members}}`;
const nested = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth);
const log = (fields: object) => JSON.stringify({ ...PLAIN_LOG, ...fields });
const plain = JSON.stringify(PLAIN_LOG);
const bytesIn = (bytes: number[]) =>
  Buffer.concat([Buffer.from('{"message":"'), Buffer.from(bytes), Buffer.from('"}')]);
const dots = (count: number) => Array.from({ length: count }, () => '0').join('.');

const texts: [string, Buffer | string | null, string][] = [
  ['a tombstone', null, 'filtered'],
  ['no bytes', '', 'empty_value'],
  ['blanks', ' \n\t ', 'invalid_json'],
  ['text', 'not json', 'invalid_json'],
  ['a cut object', plain.slice(0, -1), 'invalid_json'],
  ['two objects', plain + plain, 'invalid_json'],
  ['a byte order mark', `\uFEFF${plain}`, 'invalid_json'],
  ['UTF-16', Buffer.from(plain, 'utf16le'), 'invalid_json'],
  ['zero bytes', Buffer.alloc(1000), 'invalid_json'],
  ['a raw zero byte in a string', plain.replace('ok', 'o\0k'), 'invalid_json'],
  ['a raw line break in a string', plain.replace('ok', 'o\nk'), 'invalid_json'],
  ['random bytes', Buffer.from([0x80, 0xff, 0x00, 0x7b, 0xfe]), 'invalid_json'],
  ['gzip', Buffer.from('1f8b0800000000000003ab56', 'hex'), 'invalid_json'],
  ['an overlong encoding', bytesIn([0xc0, 0xaf]), 'invalid_json'],
  ['a raw surrogate (CESU-8)', bytesIn([0xed, 0xa0, 0x80]), 'invalid_json'],
  ['a code point beyond Unicode', bytesIn([0xf4, 0x90, 0x80, 0x80]), 'invalid_json'],
  ['NaN', withMembers('"response_time_ms":NaN'), 'invalid_json'],
  ['Infinity', withMembers('"x":-Infinity'), 'invalid_json'],
  ['a comment', `/* */${plain}`, 'invalid_json'],
  ['a trailing comma', withMembers('"x":1,'), 'invalid_json'],
  ['a leading zero', withMembers('"x":01'), 'invalid_json'],
  ['an array', '[1]', 'not_an_object'],
  ['null', 'null', 'not_an_object'],
  ['a number', '1e999', 'not_an_object'],
  ['a string', '"x"', 'not_an_object'],
  ['10,000 arrays', nested(10_000), 'not_an_object'],
  ['an empty object', '{}', 'missing_field service'],
  ['a log inside __proto__', `{"__proto__":${plain}}`, 'missing_field service'],
  ['a log inside constructor.prototype', `{"constructor":{"prototype":${plain}}}`, 'missing_field service'],
  ['a known field of the wrong type', log({ status_code: '200' }), 'invalid_field status_code'],
  ['a status too large', log({ status_code: 2 ** 31 }), 'invalid_field status_code'],
  ['an object as message', log({ message: { a: 1 } }), 'invalid_field message'],
  ['10,000 levels in message', log({}).replace('"ok"', nested(10_000)), 'invalid_field message'],
  ['10,000 levels in tags', withMembers(`"tags":${nested(10_000)}`), 'invalid_field tags.0'],
  ['10,000 levels in user_id', withMembers(`"user_id":${nested(10_000)}`), 'invalid_field user_id'],
  ['10,000 arrays in an attribute', withMembers(`"x":${nested(10_000)}`), `too_deep x.${dots(15)}`],
  [
    '10,000 objects in an attribute',
    withMembers(`"x":${'{"y":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
    `too_deep x${'.y'.repeat(15)}`,
  ],
  [
    'attributes as deep as allowed',
    withMembers(`"x":${nested(15)},"y":${'{"y":'.repeat(15)}1${'}'.repeat(15)}`),
    'indexed',
  ],
  ['400,000 numbers as tags', withMembers(`"tags":[${'1,'.repeat(400_000)}1]`), 'invalid_field tags.0'],
  ['300,000 empty tags', withMembers(`"tags":[${'"",'.repeat(300_000)}""]`), 'indexed'],
  ['60,000 different tags', log({ tags: Array.from({ length: 60_000 }, (_, i) => `tag-${i}`) }), 'indexed'],
  ['70,000 keys', log(Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`k${i}`, 1]))), 'too_many_fields'],
  ['1,000 keys', log(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, 1]))), 'indexed'],
  ['1,000 items', withMembers(`"x":[${'1,'.repeat(998)}1]`), 'indexed'],
  ['300,000 items', withMembers(`"x":[${'1,'.repeat(300_000)}1]`), 'too_many_fields'],
  ['a message of nearly 1 MiB', log({ message: 'x'.repeat(MIB - 200) }), 'indexed'],
  ['a message of nearly 1 MiB in three-byte letters', log({ message: '\u20ac'.repeat(MIB / 3 - 100) }), 'indexed'],
  ['a message of one million quotes', log({ message: '"'.repeat(MIB / 2 - 200) }), 'indexed'],
  ['an attribute of nearly 1 MiB', log({ x: 'x'.repeat(MIB - 200) }), 'indexed'],
  ['an attribute just above a term', log({ x: 'x'.repeat(32_767), y: '\u20ac'.repeat(11_000) }), 'indexed'],
  [
    'every known text huge',
    log({
      request_id: 'r'.repeat(40_000),
      path: 'p'.repeat(40_000),
      method: 'm'.repeat(40_000),
      user_id: 'u'.repeat(40_000),
      error_code: 'e'.repeat(40_000),
      tags: ['t'.repeat(40_000)],
    }),
    'indexed',
  ],
  ['a service of 513 letters', log({ service: 's'.repeat(513) }), 'invalid_field service'],
  ['more than 1 MiB', log({ message: 'x'.repeat(MIB) }), 'too_large'],
  ['10 MiB', log({ message: 'x'.repeat(10 * MIB) }), 'too_large'],
  ['10 MiB of brackets', '['.repeat(10 * MIB), 'too_large'],
  ['a known key twice', withMembers('"level":"error"'), 'duplicate_key level'],
  ['a known key twice, once as escape', withMembers('"l\\u0065vel":"error"'), 'duplicate_key level'],
  ['the time twice', withMembers('"timestamp":"2020-01-01T00:00:00.000Z"'), 'duplicate_key timestamp'],
  ['an attribute twice', withMembers('"x":1,"x":1'), 'duplicate_key x'],
  ['a nested key twice', withMembers('"x":[{"a":1},{"b":{"c":1,"c":2}}]'), 'duplicate_key x.1.b.c'],
  ['__proto__ twice', withMembers('"__proto__":1,"__proto__":{}'), 'duplicate_key __proto__'],
  ['the same key in two objects', withMembers('"x":{"a":1},"y":{"a":1}'), 'indexed'],
  [
    'prototype keys',
    withMembers(
      '"__proto__":{"request_id":"r","tags":["t"]},"constructor":{"prototype":{"x":1}},"toString":1,"hasOwnProperty":null,"valueOf":[],"__defineGetter__":"g"',
    ),
    'indexed',
  ],
  ['prototype keys inside', withMembers('"x":{"__proto__":{"__proto__":1},"constructor":2}'), 'indexed'],
  [
    'our own field names',
    withMembers(
      '"@timestamp":"never","anomaly":{"score":"high"},"kafka":1,"epoch":"x","attributes":{"attributes":1},"_id":"1","_source":{},"record_hash":[]',
    ),
    'indexed',
  ],
  [
    'lone surrogates as escapes',
    log({})
      .replace('"ok"', '"\\ud800 \\udfff"')
      .replace(/}$/, ',"x\\udc00":"\\ud800","tags":["\\udbff"],"path":"\\udc00\\ud800"}'),
    'indexed',
  ],
  ['a service of a lone surrogate', log({}).replace('"auth"', '"\\ud800"'), 'indexed'],
  ['zero characters as escapes', withMembers('"path":"a\\u0000b","tags":["\\u0000"],"x":"\\u0000"'), 'indexed'],
  ['a zero character in a name', withMembers('"x":{"a\\u0000b":1}'), 'invalid_name x.a\0b'],
  [
    'control characters and odd line breaks',
    log({ message: '\u0001\u001b[31m\u2028\u2029\u0085\ufeff\uffff', 'x\u2028': '\ufffe' }),
    'indexed',
  ],
  ['a name as long as allowed', log({ ['n'.repeat(512)]: { ['\u20ac'.repeat(512)]: 'x'.repeat(1024) } }), 'indexed'],
  [
    '16 names as long as allowed',
    withMembers(
      `${`"${'\u20ac'.repeat(512)}":{`.repeat(15)}"${'\u20ac'.repeat(512)}":"${'\u20ac'.repeat(1024)}"${'}'.repeat(15)}`,
    ),
    'indexed',
  ],
  [
    'a name of 513 characters',
    log({ x: [{ ['n'.repeat(513)]: 1 }] }),
    `invalid_name ${`x.0.${'n'.repeat(513)}`.slice(0, 512)}`,
  ],
  ['a name of 40,000 characters', log({ ['n'.repeat(40_000)]: 1 }), `invalid_name ${'n'.repeat(512)}`],
  ['an empty name', withMembers('"":"x","y":{"":{"":1}}'), 'indexed'],
  ['names of dots', withMembers('".":1,"..":2,"a..b":3,".a":4,"a.":5," ":6,"\\t":7'), 'indexed'],
  [
    'dotted names that clash',
    withMembers('"a.b":1,"a":{"b":2},"x":1,"x.y":2,"service.name":3,"message.text":4'),
    'indexed',
  ],
  ['arrays of mixed types', withMembers('"x":[1,"a",null,true,{"y":[{}]},[],[[1],{"z":null}],1.5]'), 'indexed'],
  ['null everywhere', withMembers('"request_id":null,"tags":null,"x":null,"y":[null,null],"z":{"a":null}'), 'indexed'],
  ['empty containers', withMembers('"x":{},"y":[],"z":[{}],"tags":[]'), 'indexed'],
  [
    'integers above 2^53',
    withMembers('"x":9007199254740993,"y":[-18446744073709551615],"user_id":12345678901234567890'),
    'indexed',
  ],
  ['1e999', withMembers('"x":1e999,"y":-1E+400,"z":1e-400'), 'indexed'],
  [
    'decimals longer than a double',
    withMembers('"x":0.1234567890123456789012345,"response_time_ms":12.345678901234567890123,"y":-0'),
    'indexed',
  ],
  [
    'numbers written oddly',
    withMembers('"x":1.0,"y":10E-1,"z":0.30000000000000004,"status_code":2E2,"user_id":1.50'),
    'indexed',
  ],
  [
    'numbers above 2^53 on many lines',
    `{\n  "service": "a",\r\n  "level": "info", "message": "x",\n  "x": {\n    "y": [ 9007199254740993 ,\n 1 ]\n  }\n}\n`,
    'indexed',
  ],
  ['a number of 1,000 digits', withMembers(`"x":${'9'.repeat(1000)}`), 'indexed'],
  ['a number of 1,001 digits', withMembers(`"x":[0,${'9'.repeat(1001)}]`), 'invalid_field x.1'],
  ['a number of 500,000 digits', withMembers(`"x":${'9'.repeat(500_000)}`), 'invalid_field x'],
  ['an exponent of 100,000 digits', withMembers(`"x":0e${'9'.repeat(100_000)}`), 'invalid_field x'],
  ['1e999 in a known field', withMembers('"response_time_ms":1e999'), 'invalid_field response_time_ms'],
  ['a time that is none', log({ timestamp: 'yesterday' }), 'invalid_field timestamp'],
  ['30 February', log({ timestamp: '2026-02-30T00:00:00Z' }), 'invalid_field timestamp'],
  ['the year 0', log({ timestamp: '0000-01-01T00:00:00Z' }), 'invalid_field timestamp'],
  ['the year 1', log({ timestamp: '0001-01-01T00:00:00Z' }), 'indexed'],
  ['the year 9999', log({ timestamp: '9999-12-31T23:59:59.999Z' }), 'indexed'],
  ['the year 275760', log({ timestamp: 8.64e15 }), 'invalid_field timestamp'],
  ['an absurd time', log({ timestamp: -1e300 }), 'invalid_field timestamp'],
  [
    'a time with too many digits',
    `{"timestamp":1764000000000.12345678901234,"service":"a","level":"info","message":"x"}`,
    'indexed',
  ],
  ['an infinite time', `{"timestamp":1e999,"service":"a","level":"info","message":"x"}`, 'invalid_field timestamp'],
  ['a huge response time', log({ response_time_ms: 1.7976931348623157e308 }), 'indexed'],
  ['a tiny response time', log({ response_time_ms: 5e-324 }), 'indexed'],
  ['a level of 100,000 letters', log({ level: 'e'.repeat(100_000) }), 'invalid_field level'],
  ['a level named constructor', log({ level: 'constructor' }), 'invalid_field level'],
  ['an unknown level', log({ level: 'loud' }), 'invalid_field level'],
  ['a million blanks', `{${' '.repeat(MIB - 200)}${plain.slice(1)}`, 'indexed'],
];

const manyHeaders = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`h${i}`, '']));

/** Poison of every kind that a producer can send. Values reach 10 MiB: the topic must let them. */
export const POISON_CORPUS: PoisonCase[] = [
  ...texts.map(([name, value, fate]) => ({ name, value, fate })),
  { name: 'no key', value: plain, key: null, fate: 'indexed' },
  { name: 'an empty key', value: plain, key: '', fate: 'indexed' },
  { name: 'a binary key', value: 'not json', key: Buffer.from([0, 255, 128]), fate: 'invalid_json' },
  { name: 'a tombstone with a huge key', value: null, key: 'k'.repeat(512 * KIB), fate: 'filtered' },
  { name: 'a huge header', value: plain, headers: { h: 'x'.repeat(512 * KIB) }, fate: 'indexed' },
  {
    name: 'a huge header on a bad record',
    value: 'not json',
    headers: { h: 'x'.repeat(512 * KIB) },
    fate: 'invalid_json',
  },
  { name: '100,000 headers', value: plain, headers: manyHeaders(100_000), fate: 'indexed' },
  { name: '2,000 headers on a bad record', value: 'not json', headers: manyHeaders(2000), fate: 'invalid_json' },
  {
    name: 'our own header names, forged',
    value: 'not json',
    headers: { 'sluice.reason': 'x', 'sluice.offset': '9' },
    fate: 'invalid_json',
  },
  {
    name: 'an empty header name and value',
    value: 'not json',
    headers: { '': '', constructor: 'x', toString: ['y', 'z'] },
    fate: 'invalid_json',
  },
];
