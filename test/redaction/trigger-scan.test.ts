import fc from 'fast-check';
import { createByteRedactor } from '../../src/redaction/redact-bytes';
import { isJson } from '../../src/redaction/redact-json';
import { createTextRedactor } from '../../src/redaction/redact-text';
import { createRedactor } from '../../src/redaction/redactor';
import { REDACTION_RULES, type RedactionSettings } from '../../src/redaction/rules';
import { createTriggerScan } from '../../src/redaction/trigger-scan';
import { createSecretNames } from '../../src/redaction/secret-names';
import { VERBATIM_TEXT_FROM } from '../../src/domain/record';
import { scanPlainLog } from '../../src/kafka/scan-plain-log';
import { openKernel, openTriggerScan } from '../../src/workers/open-plain-logs';
import { DEFAULT_REDACTION } from '../support/redaction';
import { PLAIN_LOG } from '../support/records';
import { canaries } from './canaries';

const ALL: RedactionSettings = { rules: REDACTION_RULES, fields: ['ssn', 'user.mail'] };

/** Redaction without the scan before it. */
function redactAnyway(settings: RedactionSettings): (value: Buffer) => Buffer {
  const names = createSecretNames(settings);
  return createByteRedactor(
    settings,
    names,
    createTextRedactor(settings, names, () => undefined),
  );
}

const names =
  'password passwd passphrase secret token authorization cookie credential api_key access.key privatekey pwd ssn';
const words = [...names.split(' '), ...names.toUpperCase().split(' ')];
const signs = [
  '=',
  ':',
  '=>',
  '>',
  ' ',
  '  ',
  '\t',
  '"',
  "'",
  '\\',
  '\\"',
  ',',
  ';',
  '{',
  '}',
  '[',
  ']',
  '@',
  '/',
  '-',
  '\n',
];
const parts = [
  'ghp_',
  'npm_',
  'AKIA',
  'AIza',
  'xoxb-',
  'sk_live_',
  '-----BEGIN ',
  'PRIVATE KEY-----',
  'eyJh',
  'eyJ0eXAi',
  '.',
  'Bearer ',
  'basic ',
  's://',
  'http://a:b@',
  'QTpC',
];
const digits = ['4111', '1111', '41111111', '1111111111111111', '4111 1111 1111 1111', '378282246310005', '0', '-'];
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(...words, ...signs, ...parts, ...digits, ...canaries('x').map((one) => one.text)),
      fc.stringMatching(/^[A-Za-z0-9_-]{0,40}$/),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 12 },
  )
  .map((some) => some.join(''));
const json = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.dictionary(text, fc.oneof(text, fc.integer(), fc.array(text))),
  fc.record({ key: text, value: fc.oneof(text, fc.record({ stringValue: text })) }),
);
const bytes = fc.oneof(
  text.map((one) => Buffer.from(one)),
  json.map((one) => Buffer.from(JSON.stringify(one))),
  json.map((one) => Buffer.from(JSON.stringify(one, null, 12))),
  json.map((one) => Buffer.from(JSON.stringify(JSON.stringify(one)))),
  fc.tuple(json, fc.nat()).map(([one, at]) => Buffer.from(JSON.stringify(one)).subarray(0, at)),
  fc.uint8Array({ maxLength: 60 }).map((one) => Buffer.from(one)),
);

const kernel = openKernel({ warn: () => undefined });
const SECRET = Buffer.from('password=hunter2');
/** Bytes that are few are not handed to the kernel. */
const MANY = Buffer.alloc(64, ' ');

describe.each([
  ['by default', DEFAULT_REDACTION, undefined],
  ['with people and further fields', ALL, undefined],
  ['by the kernel', DEFAULT_REDACTION, kernel],
  ['with people and further fields beside the kernel', ALL, kernel],
])('the scan before the redaction, %s', (_name, settings, by) => {
  const redactor = createRedactor(settings, undefined, openTriggerScan(settings, by));
  const anyway = redactAnyway(settings);
  const scan = createTriggerScan(settings);

  test('is false only for bytes that redaction leaves as they are, wherever they begin in their buffer', () => {
    fc.assert(
      fc.property(bytes, fc.nat({ max: 3 }), (value, shift) => {
        const shifted = Buffer.concat([Buffer.alloc(shift), value]).subarray(shift);
        if (!redactor.suspects(shifted)) expect(anyway(shifted).equals(value)).toBe(true);
        const longer = Buffer.concat([MANY, value]);
        if (!redactor.suspects(longer)) expect(anyway(longer).equals(longer)).toBe(true);
        for (const begin of [0, 38]) expect(redactor.suspects(longer, begin)).toBe(scan(longer, begin));
      }),
      { numRuns: 1500 },
    );
  });

  test('most of what has no secret is known to have none, however long it is', () => {
    const pieces = ['{"message":"user 7 paid', 'for 3 things",', '"path":"/orders/77"', '"took":12}'];
    for (const times of [1, 10, 2000]) {
      const value = Buffer.from(pieces.join(' ').repeat(times));
      expect([redactor.suspects(value), redactor.suspects(Buffer.concat([value, SECRET]))]).toEqual([false, true]);
    }
  });

  test.each([' 0PWD>-x', '1pwd=x y', '99npm_a'])(
    'what stands behind a digit, wherever it is looked at: %s',
    (secret) => {
      for (let before = 64; before < 70; before += 1) {
        const value = Buffer.from(`${'.'.repeat(before)}${secret}${'.'.repeat(40)}`);
        const found = !anyway(value).equals(value);
        if (found) expect(redactor.suspects(value)).toBe(true);
        expect(found || secret.includes('npm_')).toBe(true);
      }
    },
  );

  test('the same for a log that is taken as it is, from its text on', () => {
    fc.assert(
      fc.property(text, (message) => {
        const value = Buffer.from(JSON.stringify({ ...PLAIN_LOG, message }));
        const plain = scanPlainLog(value);
        if (plain === undefined) return;
        if (!redactor.suspects(value, plain.escaped ? 0 : VERBATIM_TEXT_FROM))
          expect(anyway(value).equals(value)).toBe(true);
      }),
      { numRuns: 700 },
    );
  });

  test('an object or a list of JSON stays one', () => {
    const { bytes: redact } = createRedactor({ ...settings, key: 'a key of the tests' });
    fc.assert(
      fc.property(bytes, (value) => {
        if (isJson(value.toString())) expect(isJson(redact(value).toString())).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

test('a verbatim log begins with its time', () => {
  const value = JSON.stringify(PLAIN_LOG);
  expect(value.slice(0, VERBATIM_TEXT_FROM)).toMatch(/^\{"timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});
