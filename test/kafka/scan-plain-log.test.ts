import fc from 'fast-check';
import { decodeByParsing } from '../../src/kafka/decode-record';
import { scanPlainLog } from '../../src/kafka/scan-plain-log';
import { kafkaRecord } from '../support/records';

const TIME = '"timestamp":"2026-11-24T11:59:59.000Z"';
const NEEDED = '"service":"auth","level":"info","message":"ok"';
const scan = (text: string) => scanPlainLog(Buffer.from(text))?.record;
const log = (fields: string) => `{${TIME},${NEEDED}${fields}}`;
const at = (time: string) => `{"timestamp":"${time}",${NEEDED}}`;

describe('a log that is taken as it is', () => {
  test.each<[string, string, object]>([
    ['the least', log(''), { level: 'info' }],
    ['in another order', `{${TIME},"message":"ok","level":"fatal","service":"a"}`, { level: 'fatal' }],
    ['with a status', log(',"status_code":503'), { level: 'info', status_code: 503 }],
    ['with a time taken', log(',"response_time_ms":0.25'), { level: 'info', response_time_ms: 0.25 }],
    ['with no time taken', log(',"response_time_ms":0'), { level: 'info', response_time_ms: 0 }],
    ['with an error code', log(',"error_code":"E1"'), { level: 'info', error_code: 'E1' }],
    ['with an empty error code', log(',"error_code":""'), { level: 'info', error_code: '' }],
    ['with tags', log(',"tags":["a","b:{",""]'), { level: 'info' }],
    ['without tags', log(',"tags":[]'), { level: 'info' }],
    ['with texts that look like structure', log(',"path":"/{},:[]","user_id":"7"'), { level: 'info' }],
    ['with escapes as JavaScript writes them', log(String.raw`,"path":"\"\\\b\f\n\r\t"`), { level: 'info' }],
    ['with an escape in a tag', log(String.raw`,"tags":["a","\n"]`), { level: 'info' }],
    ['on the day that a leap year has more', at('2024-02-29T23:59:59.999Z'), { level: 'info' }],
    ['in a leap year of a full century', at('2000-02-29T00:00:00.000Z'), { level: 'info' }],
  ])('%s', (_case, text, fields) => {
    expect(scan(text)).toEqual(fields);
    expect(decodeByParsing(kafkaRecord(text))).toMatchObject({ kind: 'record', record: fields });
  });

  test('whether a text has an escape is told', () => {
    expect(scanPlainLog(Buffer.from(log('')))?.escaped).toBe(false);
    expect(scanPlainLog(Buffer.from(log(String.raw`,"tags":["\n"],"path":"/"`)))?.escaped).toBe(true);
  });

  test.each(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])('at level %s', (level) => {
    expect(scan(log('').replace('info', level))).toEqual({ level });
  });
});

describe('everything else is left to the parser', () => {
  test.each<[string, string]>([
    ['no bytes', ''],
    ['nothing but the time', `{${TIME}}`],
    ['no closing brace', log('').slice(0, -1)],
    ['more behind the closing brace', `${log('')}\n`],
    ['two objects', log('') + log('')],
    ['a comma before the closing brace', log(',')],
    ['another first field', `{${NEEDED},${TIME}}`],
    ['a blank behind a comma', log(', "path":"/"')],
    ['a blank behind a colon', log(',"path": "/"')],
    ['a field that stands twice', log(',"level":"info"')],
    ['a second time', log(`,${TIME}`)],
    ['a field that is not known', log(',"region":"eu"')],
    ['a name that begins like a known one', log(',"tagz":[]')],
    ['a name without an end', log(',"path')],
    ['a field that is null', log(',"path":null')],
    ['a number for a text', log(',"path":1')],
    ['a text for a number', log(',"status_code":"200"')],
    ['a status too low', log(',"status_code":099')],
    ['a status too high', log(',"status_code":600')],
    ['a status too long', log(',"status_code":2000')],
    ['a status with a fraction', log(',"status_code":200.5')],
    ['a status at the end of the bytes', log(',"status_code":20')],
    ['a number with a zero before it', log(',"response_time_ms":01')],
    ['a number with a sign', log(',"response_time_ms":-1')],
    ['a number with an exponent', log(',"response_time_ms":1e3')],
    ['a number that ends with its point', log(',"response_time_ms":1.')],
    ['a number that begins with its point', log(',"response_time_ms":.5')],
    ['a number of sixteen digits', log(',"response_time_ms":1234567890123456')],
    ['an escape of a letter', log(String.raw`,"path":"\u0041"`)],
    ['an escape of a slash', log(String.raw`,"path":"\/"`)],
    ['an escape that is none', log(String.raw`,"path":"\x"`)],
    ['a text that ends in an escape', log(String.raw`,"path":"\"`)],
    ['an escape in a service', log('').replace('auth', String.raw`a\nb`)],
    ['an escape in a code', log(String.raw`,"error_code":"\t"`)],
    ['a backslash at the end of the bytes', `${log(',"path":"').slice(0, -1)}\\`],
    ['a control character', log(',"path":"\t"')],
    ['a character beyond ASCII', log(',"path":"é"')],
    ['a tag that is no text', log(',"tags":["a",1]')],
    ['a comma behind the last tag', log(',"tags":["a",]')],
    ['tags without an end', log(',"tags":["a"')],
    ['no service', `{${TIME},"level":"info","message":"ok"}`],
    ['an empty service', log('').replace('auth', '')],
    ['a service that is too long', log('').replace('auth', 'a'.repeat(513))],
    ['no message', `{${TIME},"level":"info","service":"a"}`],
    ['another spelling of a level', log('').replace('info', 'INFO')],
    ['a level that is none', log('').replace('info', 'infa')],
    ['a level that is longer', log('').replace('info', 'infos')],
    ['an object', log(',"path":{}')],
    ['a time in seconds', at('2026-11-24T11:59:59Z')],
    ['a time with a zone', at('2026-11-24T11:59:59.00+1')],
    ['the year 0000', at('0000-01-01T00:00:00.000Z')],
    ['the month 13', at('2026-13-01T00:00:00.000Z')],
    ['the day 0', at('2026-11-00T00:00:00.000Z')],
    ['the day 31 of November', at('2026-11-31T00:00:00.000Z')],
    ['29 February of no leap year', at('2026-02-29T00:00:00.000Z')],
    ['29 February of a century without', at('2100-02-29T00:00:00.000Z')],
    ['the hour 24', at('2026-11-24T24:00:00.000Z')],
    ['the second 60', at('2026-11-24T00:00:60.000Z')],
    ['letters for digits', at('2026-11-24T0x:00:00.000Z')],
  ])('%s', (_case, text) => {
    expect(scan(text)).toBeUndefined();
  });

  test('a log cut short anywhere, or with a byte put in', () => {
    const good = log(',"status_code":200,"response_time_ms":12.5,"tags":["a","b"],"error_code":"E"');
    for (let end = 0; end < good.length; end += 1) expect(scan(good.slice(0, end))).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(good.length), fc.nat(255), (place, byte) => {
        const bytes = Buffer.concat([
          Buffer.from(good.slice(0, place)),
          Buffer.of(byte),
          Buffer.from(good.slice(place)),
        ]);
        const parsed = decodeByParsing(kafkaRecord(bytes));
        const scanned = scanPlainLog(bytes);
        if (scanned) expect(parsed).toMatchObject({ kind: 'record', record: scanned.record });
      }),
      { numRuns: 3000 },
    );
  });
});
