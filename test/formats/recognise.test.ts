import { createDecoder, decodeRecord } from '../../src/kafka/decode-record';
import type { DecoderOptions } from '../../src/kafka/decode-record';
import { APPENDED_AT, kafkaRecord, PLAIN_LOG } from '../support/records';

const decode = (value: unknown, options: DecoderOptions = {}, headers = {}) =>
  createDecoder(options)(kafkaRecord(value, { headers }));
const verdict = (value: unknown, ...formats: string[]) => {
  const decoded = decode(value, formats.length > 0 ? { formats } : {});
  if (decoded.kind === 'rejected') return `${decoded.rejection.code} ${decoded.rejection.field}`.trim();
  if (decoded.kind === 'filtered' || decoded.kind === 'several') return decoded.kind;
  return decoded.verbatim ? 'plain' : (decoded.record.event?.format ?? 'ours');
};
const document = (value: unknown, options: DecoderOptions = {}, headers = {}) => {
  const decoded = decode(value, options, headers);
  if (decoded.kind !== 'record' || decoded.verbatim) throw new Error(JSON.stringify(decoded));
  return JSON.parse(decoded.document ?? JSON.stringify(decoded.record));
};
const PINO = { level: 30, time: 1_795_521_598_123, msg: 'hi' };
const TEXT = ['auto', 'text'];

describe('which records are ours', () => {
  test.each<[string, object, string]>([
    ['with service, level and message', { ...PLAIN_LOG, x: 1 }, 'ours'],
    ['with service, and no level by any name', { service: 'a', message: 'x' }, 'missing_field level'],
    ['with service, and no message by any name', { service: 'a', level: 'info' }, 'missing_field message'],
    ['with a service that is null', { ...PLAIN_LOG, service: null }, 'invalid_field service'],
    ['with a level that is a number beside our message', { ...PLAIN_LOG, level: 30 }, 'invalid_field level'],
    ['with service, and the message under another name', { ...PINO, service: 'a' }, 'pino'],
    ['with service, and the level under another name', { service: 'a', severity: 'ERROR', message: 'x' }, 'json'],
    ['without service, else as ours', { timestamp: PLAIN_LOG.timestamp, level: 'info', message: 'x' }, 'winston'],
    ['with nothing that is known', { a: 1 }, 'missing_field service'],
    ['with a message only', { message: 'x' }, 'missing_field service'],
  ])('%s: %s', (_case, value, expected) => {
    expect(verdict(value)).toBe(expected);
  });
});

describe('the formats of a topic', () => {
  test('by default text is no log', () => {
    expect(verdict('hello')).toBe('invalid_json');
    expect(verdict('[1]')).toBe('not_an_object');
    expect(verdict('<34>Oct 11 22:14:15 host su: x')).toBe('invalid_json');
  });

  test('with text every text is taken, but for no bytes and what is no UTF-8', () => {
    expect(verdict('hello', ...TEXT)).toBe('plain');
    expect(verdict('[1]', ...TEXT)).toBe('plain');
    expect(verdict('{"cut":', ...TEXT)).toBe('plain');
    expect(verdict('', ...TEXT)).toBe('empty_value');
    expect(verdict(Buffer.from([0x61, 0xff]), ...TEXT)).toBe('invalid_json');
    expect(verdict('{"a":1}', ...TEXT)).toBe('missing_field service');
  });

  test('a list of names takes those, and always ours', () => {
    expect(verdict(PINO, 'pino')).toBe('pino');
    expect(verdict(PINO, 'gelf')).toBe('missing_field service');
    expect(verdict(PLAIN_LOG, 'gelf')).toBe('plain');
    expect(verdict('a=1 level=info', 'logfmt')).toBe('logfmt');
    expect(verdict('hello', 'logfmt')).toBe('invalid_json');
  });
});

describe('the limits hold for every format', () => {
  const json = (members: string) => `{"level":30,"time":1795521598123,"msg":"hi",${members}}`;

  test.each([
    ['a key that stands twice', json('"a":{"b":1,"b":2}'), 'duplicate_key a.b'],
    ['too deep', json(`"a":${'['.repeat(20)}${']'.repeat(20)}`), `too_deep a${'.0'.repeat(15)}`],
    ['too many fields', json(`"a":[${'1,'.repeat(1000)}1]`), 'too_many_fields'],
    ['a name with a zero character', json('"a\\u0000":1'), 'invalid_name a\0'],
    ['a number with too many digits', json(`"a":${'1'.repeat(1001)}`), 'invalid_field a'],
    ['too large', json(`"a":"${'x'.repeat(1024 * 1024)}"`), 'too_large'],
  ])('%s', (_case, text, expected) => {
    expect(verdict(text)).toBe(expected);
  });

  test('every number stands in the document as it came', () => {
    const numbers = '"a":12345678901234567890,"b":[1e400,-0],"c":"\\u0000number0:1","d":"\\u0000number1:2"';
    const decoded = decode(json(numbers));
    if (decoded.kind !== 'record' || decoded.verbatim) throw new Error('not taken');
    expect(decoded.document).toContain(numbers);
  });

  test('one message may hold several records, and none of them is refused as a whole', () => {
    const logRecords = [{ body: { stringValue: 'a' } }, { body: { stringValue: 'b' } }];
    expect(verdict({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })).toBe('several');
    expect(verdict({ resourceLogs: [] })).toBe('invalid_field resourceLogs');
  });

  test.each([
    ['quotes', '"'.repeat(1_000_000)],
    ['an open quote', `a="${'x'.repeat(1_000_000)}`],
    ['escapes in an open quote', `a="${'\\n'.repeat(500_000)}`],
    ['pairs', 'a=b '.repeat(250_000)],
    ['brackets', '['.repeat(1_000_000)],
    ['a request without end', `1.1.1.1 - - [24/Nov/2026:11:59:58 +0000] "${'x'.repeat(1_000_000)}`],
    ['elements', `<34>1 - - - - - [a${' b="c"'.repeat(160_000)}]`],
    ['blanks', `2026-11-24 11:59:58 ERROR x\n${' '.repeat(1_000_000)}`],
    ['line breaks', '\r\n'.repeat(500_000)],
    ['parentheses', `[2026-11-24 11:59:58,123] INFO ${' (a'.repeat(300_000)}`],
    ['containers in containers', containers(12)],
    ['lines in lines of a runtime', '2026-11-24T11:59:58Z stdout F '.repeat(34_000)],
    ['marks of numbers', json(`"a":[${Array.from({ length: 900 }, (_, i) => `"\\u0000number${i}:"`).join()},1e999]`)],
  ])(
    'a megabyte of %s is taken in linear time',
    (_case, text) => {
      expect(decode(text, { formats: TEXT }).kind).toBe('record');
    },
    5000,
  );
});

function containers(depth: number): string {
  let line = 'x';
  for (let i = 0; i < depth; i += 1) line = JSON.stringify({ log: line, stream: 'stdout' });
  return line;
}

describe('times of other formats', () => {
  test('without a time Kafka’s stands in and is marked', () => {
    expect(document({ level: 30, msg: 'x' })).toMatchObject({
      '@timestamp': new Date(APPENDED_AT).toISOString(),
      event: { time_source: 'kafka' },
    });
  });

  test('one that cannot be read is kept beside Kafka’s', () => {
    const read = document({ level: 30, msg: 'x', time: 'yesterday' });
    expect(read.event.time_source).toBe('kafka');
    expect(read.attributes.time).toBe('yesterday');
  });

  test.each([
    ['a minute ago', -60_000, undefined],
    ['two days ahead', 2 * 86_400_000, true],
    ['two years ago', -2 * 366 * 86_400_000, true],
  ])('%s: suspect %s', (_case, shift, suspect) => {
    expect(document({ ...PINO, time: APPENDED_AT + shift }).event.time_suspect).toBe(suspect);
  });
});

describe('correlation', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const [, trace, span] = traceparent.split('-');

  test('headers fill in what the record does not name', () => {
    const headers = { traceparent: Buffer.from(traceparent), 'x-request-id': 'r-1' };
    expect(document(PINO, {}, headers)).toMatchObject({ trace: { id: trace }, span: { id: span }, request_id: 'r-1' });
    const named = document({ ...PINO, trace_id: 't', reqId: 'r-2' }, {}, headers);
    expect(named).toMatchObject({ trace: { id: 't' }, request_id: 'r-2' });
    expect(named.span).toBeUndefined();
  });

  test('a traceparent in the body is read', () => {
    const read = document({ ...PINO, traceparent });
    expect(read).toMatchObject({ trace: { id: trace }, event: { fields: { traceparent } } });
  });

  test('one that is not taken stays an attribute', () => {
    const read = document({ ...PINO, trace_id: 't', traceparent });
    expect(read).toMatchObject({ trace: { id: 't' }, attributes: { traceparent } });
  });

  test.each(['', 'x', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`, 'x'.repeat(100_000)])('%j is no trace', (header) => {
    expect(document(PINO, {}, { traceparent: header }).trace).toBeUndefined();
  });
});

describe('lines of containers', () => {
  const line = (log: string) => document({ log, stream: 'stdout', container: 'x' });

  test('what cannot be taken as JSON inside stays text', () => {
    const twice = '{"level":30,"msg":"a","msg":"b"}';
    expect(line(twice)).toMatchObject({ message: twice, event: { format: 'container/plain' } });
  });

  test('a line of ours is read, and a name that both have is kept twice', () => {
    const inner = { ...PLAIN_LOG, container: 'mine' };
    expect(line(JSON.stringify(inner))).toMatchObject({
      service: 'auth',
      attributes: { container: 'mine', container_: { stream: 'stdout', container: 'x' } },
      event: { format: 'container/sluice' },
    });
  });

  test('numbers inside that JavaScript would alter are kept as text', () => {
    expect(line('{"level":30,"msg":"a","id":12345678901234567890}').attributes.id).toBe('12345678901234567890');
  });
});

test('the same record always has the same document', () => {
  const once = JSON.stringify(decodeRecord(kafkaRecord(PINO)));
  expect(JSON.stringify(decodeRecord(kafkaRecord(PINO)))).toBe(once);
});

describe('a value that the document tells in other words', () => {
  test('is kept as it came, and is no attribute', () => {
    const read = document({ ...PINO, reqId: 'r-1', userId: 7, res: { statusCode: '404', x: 1 }, name: 'shop' });
    expect(read).toMatchObject({ request_id: 'r-1', user_id: '7', status_code: 404, service: 'shop' });
    expect(read.event.fields).toEqual({
      ...{ level: 30, time: PINO.time, reqId: 'r-1', userId: 7, 'res.statusCode': '404', name: 'shop' },
    });
    expect(read.attributes).toEqual({ res: { x: 1 } });
  });

  test('that another one has displaced is an attribute', () => {
    const read = document({
      ...PINO,
      reqId: 'r-1',
      request_id: 'r-2',
      name: 'shop',
      service: 'cart',
      req: { id: 'r-3' },
    });
    expect(read).toMatchObject({ request_id: 'r-3', service: 'cart' });
    expect(read.attributes).toEqual({ reqId: 'r-1', request_id: 'r-2', name: 'shop' });
  });

  test('that what stands around displaces later is an attribute again', () => {
    const line = JSON.stringify({ severity: 'INFO', msg: 'hi', hostname: 'inner', container_name: 'late' });
    const kubernetes = { host: 'outer', labels: { app: 'shop' } };
    const read = document({ log: line, stream: 'stdout', kubernetes });
    expect(read).toMatchObject({ host: { name: 'outer' }, service: 'shop' });
    expect(read.attributes).toMatchObject({ hostname: 'inner', container_name: 'late' });
    expect(read.event.fields).toEqual({ severity: 'INFO', msg: 'hi' });
  });

  test('stays an attribute where its path is taken: by a dotted name and nested ones', () => {
    const read = document({ ...PINO, 'res.statusCode': '404', res: { statusCode: '0404' } });
    expect(read).toMatchObject({ status_code: 404, event: { fields: { 'res.statusCode': '404' } } });
    expect(read.attributes).toEqual({ res: { statusCode: '0404' } });
  });

  test('of a logfmt line is in the line', () => {
    const line = 'ts=2026-11-24T11:59:58Z level=INFO msg=hi reqid=7 status=200';
    const read = document(line, { formats: TEXT });
    expect(read).toMatchObject({ status_code: 200, level: 'info', message: 'hi', attributes: { reqid: '7' } });
    expect(read.event).toEqual({ format: 'logfmt', original: line });
  });
});
