import { execFileSync } from 'node:child_process';
import { projectRoot } from '../../local/project';
import { LEVELS } from '../../src/domain/record';
import {
  createDecoder,
  decodeByParsing,
  decodeRecord,
  MAX_DEPTH,
  MAX_FIELDS,
  MAX_RECORD_BYTES,
} from '../../src/kafka/decode-record';
import { APPENDED_AT, kafkaRecord, PLAIN_LOG } from '../support/records';

const decode = (value: unknown) => decodeRecord(kafkaRecord(value));
const rejection = (value: unknown) => {
  const decoded = decode(value);
  return decoded.kind === 'rejected' ? `${decoded.rejection.code} ${decoded.rejection.field}`.trim() : decoded.kind;
};
const decoded = (value: unknown) => {
  const result = decodeByParsing(kafkaRecord(value));
  if (result.kind !== 'record') throw new Error(`not a record: ${JSON.stringify(result)}`);
  return result.record;
};
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('decodeRecord, what becomes of a record', () => {
  test('a tombstone is filtered', () => {
    expect(decode(null)).toEqual({ kind: 'filtered' });
  });

  test('a full log keeps every field', () => {
    const log = {
      ...PLAIN_LOG,
      request_id: 'r-1',
      status_code: 200,
      user_id: 'u-1',
      path: '/pay',
      method: 'POST',
      response_time_ms: 12.5,
      error_code: 'E1',
      tags: ['a', 'b'],
    };
    const { timestamp, ...fields } = log;
    expect(decoded(log)).toEqual({ ...fields, '@timestamp': timestamp });
  });

  test('unknown fields go to attributes as they came, null and nested ones too', () => {
    const extra = { region: null, http: { headers: [{ a: 1 }] }, '': 'empty name', 'a.b': true };
    expect(decoded({ ...PLAIN_LOG, ...extra }).attributes).toEqual(extra);
  });

  test('a single unknown field of a log without a time of its own is kept', () => {
    const { service, level, message } = PLAIN_LOG;
    expect(decoded({ service, level, message, region: 'eu' }).attributes).toEqual({ region: 'eu' });
  });

  test('known fields that are null are absent', () => {
    expect(decoded({ ...PLAIN_LOG, path: null, tags: null, status_code: null })).toEqual(decoded(PLAIN_LOG));
  });

  test('a numeric user id becomes text', () => {
    expect(decoded({ ...PLAIN_LOG, user_id: 42 }).user_id).toBe('42');
  });
});

describe('decodeRecord, rejections name the code and the field', () => {
  test.each<[string, unknown, string]>([
    ['no bytes', '', 'empty_value'],
    ['blanks', '   ', 'invalid_json'],
    ['text', 'not json', 'invalid_json'],
    ['two objects', '{}{}', 'invalid_json'],
    ['a cut object', JSON.stringify(PLAIN_LOG).slice(0, -1), 'invalid_json'],
    ['a byte order mark', `\uFEFF${JSON.stringify(PLAIN_LOG)}`, 'invalid_json'],
    ['NaN', '{"response_time_ms":NaN}', 'invalid_json'],
    ['a zero byte', '{"service":"a\0"}', 'invalid_json'],
    ['random bytes', Buffer.from([0x80, 0xff, 0x00, 0x7b]), 'invalid_json'],
    ['an array', '[1]', 'not_an_object'],
    ['null', 'null', 'not_an_object'],
    ['a number', '12', 'not_an_object'],
    ['a string', '"x"', 'not_an_object'],
    ['an empty object', '{}', 'missing_field service'],
    ['no level', { service: 'a', message: 'x' }, 'missing_field level'],
    ['no message', { service: 'a', level: 'info' }, 'missing_field message'],
    ['service null', { ...PLAIN_LOG, service: null }, 'invalid_field service'],
    ['service empty', { ...PLAIN_LOG, service: '' }, 'invalid_field service'],
    ['service too long', { ...PLAIN_LOG, service: 'x'.repeat(513) }, 'invalid_field service'],
    ['message a number', { ...PLAIN_LOG, message: 1 }, 'invalid_field message'],
    ['message an object', { ...PLAIN_LOG, message: {} }, 'invalid_field message'],
    ['level a number', { ...PLAIN_LOG, level: 30 }, 'invalid_field level'],
    ['status text', { ...PLAIN_LOG, status_code: '200' }, 'invalid_field status_code'],
    ['status 99', { ...PLAIN_LOG, status_code: 99 }, 'invalid_field status_code'],
    ['status 600', { ...PLAIN_LOG, status_code: 600 }, 'invalid_field status_code'],
    ['status 200.5', { ...PLAIN_LOG, status_code: 200.5 }, 'invalid_field status_code'],
    ['a negative time taken', { ...PLAIN_LOG, response_time_ms: -1 }, 'invalid_field response_time_ms'],
    [
      'an infinite time taken',
      `{"service":"a","level":"info","message":"","response_time_ms":1e999}`,
      'invalid_field response_time_ms',
    ],
    ['tags text', { ...PLAIN_LOG, tags: 'a' }, 'invalid_field tags'],
    ['a tag that is a number', { ...PLAIN_LOG, tags: ['a', 7] }, 'invalid_field tags.1'],
    ['user id an object', { ...PLAIN_LOG, user_id: {} }, 'invalid_field user_id'],
    ['timestamp an object', { ...PLAIN_LOG, timestamp: {} }, 'invalid_field timestamp'],
    ['10 MB', 'x'.repeat(10 * 1024 * 1024), 'too_large'],
  ])('%s', (_case, value, expected) => {
    expect(rejection(value)).toBe(expected);
  });

  test('a record of exactly the limit is taken, one byte more is not', () => {
    const size = JSON.stringify({ ...PLAIN_LOG, message: '' }).length;
    const ofSize = (bytes: number) => ({ ...PLAIN_LOG, message: 'x'.repeat(bytes - size) });
    expect(rejection(ofSize(MAX_RECORD_BYTES))).toBe('record');
    expect(rejection(ofSize(MAX_RECORD_BYTES + 1))).toBe('too_large');
  });

  test('invalid UTF-8 inside a string is refused, not patched', () => {
    const [head, tail] = JSON.stringify({ ...PLAIN_LOG, message: 'SPLIT' }).split('SPLIT');
    const bytes = Buffer.concat([Buffer.from(head!), Buffer.from([0xc3, 0x28]), Buffer.from(tail!)]);
    expect(rejection(bytes)).toBe('invalid_json');
  });

  test('attributes as deep as allowed are taken, one level more and 10,000 levels are not', () => {
    const withDepth = (depth: number) => `{"service":"a","level":"info","message":"","x":${nested(depth)}}`;
    expect(rejection(withDepth(MAX_DEPTH - 1))).toBe('record');
    const tooDeep = `too_deep x${'.0'.repeat(MAX_DEPTH - 1)}`;
    expect(rejection(withDepth(MAX_DEPTH))).toBe(tooDeep);
    expect(rejection(withDepth(10_000))).toBe(tooDeep);
    expect(rejection(withDepth(500_000))).toBe(tooDeep);
  });

  test('depth is no way around in fields with a type of their own', () => {
    expect(rejection(`{"service":"a","level":"info","message":"","tags":${nested(100_000)}}`)).toBe(
      'invalid_field tags.0',
    );
    expect(rejection(nested(500_000))).toBe('not_an_object');
  });

  test('attributes as many as allowed are taken, one more is not, nested ones counted', () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, i]));
    expect(rejection({ ...PLAIN_LOG, ...many(MAX_FIELDS) })).toBe('record');
    expect(rejection({ ...PLAIN_LOG, ...many(MAX_FIELDS + 1) })).toBe('too_many_fields');
    expect(rejection({ ...PLAIN_LOG, a: many(MAX_FIELDS / 2), b: many(MAX_FIELDS / 2) })).toBe('too_many_fields');
  });
});

describe('decodeRecord, levels', () => {
  const level = (name: string) => decoded({ ...PLAIN_LOG, level: name }).level;

  test.each(LEVELS)('%s in any case is itself', (name) => {
    expect([level(name), level(name.toUpperCase())]).toEqual([name, name]);
  });

  test.each([
    ['WARNING', 'warn'],
    ['Err', 'error'],
    ['critical', 'fatal'],
    ['Information', 'info'],
  ])('%s is %s', (name, expected) => {
    expect(level(name)).toBe(expected);
  });

  test.each(['', 'constructor', '__proto__', 'toString', 'loud', ' info', '30'])('%j is not a level', (name) => {
    expect(rejection({ ...PLAIN_LOG, level: name })).toBe('invalid_field level');
  });
});

describe('decodeRecord, timestamps', () => {
  const time = (timestamp: unknown) => decoded({ ...PLAIN_LOG, timestamp })['@timestamp'];

  test.each<[unknown, string]>([
    ['2026-11-24T11:59:59.123Z', '2026-11-24T11:59:59.123Z'],
    ['2026-11-24T11:59:59Z', '2026-11-24T11:59:59.000Z'],
    ['2026-11-24t11:59:59z', '2026-11-24T11:59:59.000Z'],
    ['2026-11-24T11:59:59.123456789Z', '2026-11-24T11:59:59.123Z'],
    ['2026-11-24T11:59:59,5Z', '2026-11-24T11:59:59.500Z'],
    ['2026-11-24T12:59:59+01:00', '2026-11-24T11:59:59.000Z'],
    ['2026-11-24T12:59:59+0100', '2026-11-24T11:59:59.000Z'],
    ['2026-11-24T10:59:59.000-01', '2026-11-24T11:59:59.000Z'],
    ['2026-11-24T24:00:00.000Z', '2026-11-25T00:00:00.000Z'],
    ['2026-11-24', '2026-11-24T00:00:00.000Z'],
    ['2024-02-29T00:00:00.000Z', '2024-02-29T00:00:00.000Z'],
    [Date.UTC(2026, 10, 24), '2026-11-24T00:00:00.000Z'],
    [0, '1970-01-01T00:00:00.000Z'],
    [-1, '1969-12-31T23:59:59.999Z'],
    [1.9, '1970-01-01T00:00:00.001Z'],
    ['0001-01-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    [253_402_300_799_999, '9999-12-31T23:59:59.999Z'],
  ])('%j is %s', (timestamp, expected) => {
    expect(time(timestamp)).toBe(expected);
  });

  test.each([undefined, null])('%p: the time at which Kafka took the record stands in', (timestamp) => {
    expect(time(timestamp)).toBe(new Date(APPENDED_AT).toISOString());
  });

  test('a time without a zone is UTC, wherever the worker runs', () => {
    const script = `
      const { decodeRecord } = require('./src/kafka/decode-record');
      const value = Buffer.from(JSON.stringify({ service: 'a', level: 'info', message: '', timestamp: '2026-11-24T11:59:59' }));
      console.log(decodeRecord({ offset: 0, timestamp: 0, key: null, value }).record['@timestamp']);`;
    const env = { ...process.env, TZ: 'Asia/Tokyo' };
    const output = execFileSync(process.execPath, ['--require', 'tsx/cjs', '-e', script], { env, cwd: projectRoot() });
    expect(String(output).trim()).toBe('2026-11-24T11:59:59.000Z');
  });

  test.each([
    'yesterday',
    'hello 1',
    '',
    '5',
    '1764000000000',
    '24 Nov 2026',
    '2026-13-01T00:00:00.000Z',
    '2026-02-30T00:00:00.000Z',
    '2026-02-29T00:00:00Z',
    '2026-04-31',
    '2026-11-24T25:00:00.000Z',
    '2026-11-24T11:60:00.000Z',
    '2026-11-24T11:59:60.000Z',
    '0000-01-01T00:00:00.000Z',
    '+010000-01-01T00:00:00.000Z',
    '10000-01-01T00:00:00.000Z',
    253_402_300_800_000,
    -62_135_596_800_001,
    8.64e15,
    1e300,
  ])('%j is no time: the field is named', (timestamp) => {
    expect(rejection({ ...PLAIN_LOG, timestamp })).toBe('invalid_field timestamp');
  });

  test.each([1.7e18, 8.7e15, 253_402_300_800_000, -1e17])(
    'other formats, without a time of their own and stamped %d by a producer: refused, as ours',
    (timestamp) => {
      const formats = createDecoder({ formats: ['auto', 'text'] });
      for (const value of [
        '{"msg":"hello","level":30,"pid":1}',
        '{"log":"hello","stream":"stdout"}',
        '{"MESSAGE":"x","PRIORITY":"3"}',
        'hello',
      ]) {
        const verdict = formats(kafkaRecord(value, { timestamp }));
        expect(verdict).toMatchObject({ kind: 'rejected', rejection: { code: 'invalid_field', field: 'timestamp' } });
      }
      const own = decodeRecord(kafkaRecord({ service: 'a', level: 'info', message: 'm' }, { timestamp }));
      expect(own).toMatchObject({ kind: 'rejected', rejection: { code: 'invalid_field', field: 'timestamp' } });
    },
  );
});

describe('decodeRecord, names that JavaScript treats specially', () => {
  const text = (fields: string) => `{"service":"auth","level":"info","message":"ok",${fields}}`;

  test.each(['__proto__', 'constructor', 'prototype', 'toJSON', 'hasOwnProperty'])('%s stays data', (name) => {
    const record = decoded(text(`"${name}":{"polluted":true}`));
    expect(JSON.stringify(record.attributes)).toBe(`{"${name}":{"polluted":true}}`);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('__proto__ brings no known field in', () => {
    const record = decoded(text('"__proto__":{"status_code":500,"error_code":"x"}'));
    expect(record.status_code).toBeUndefined();
    expect(record.error_code).toBeUndefined();
    expect(rejection('{"__proto__":{"service":"auth","level":"info","message":"ok"}}')).toBe('missing_field service');
  });

  test('a key that stands twice is refused: none of both is the record', () => {
    expect(rejection(text('"status_code":200,"status_code":500'))).toBe('duplicate_key status_code');
  });

  test('a lone surrogate in an escape is data', () => {
    expect(decoded(text('"path":"\\ud800"')).path).toBe('\ud800');
  });
});
