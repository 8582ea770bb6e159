import { createRedactor } from '../../src/redaction/redactor';
import { REDACTION_RULES } from '../../src/redaction/rules';

/**
 * So much of what begins like a secret again and again, in bytes. Within linear time a test takes well below a second; a
 * search through the rest of the text at every place of it takes more than the limit.
 */
const SIZE = 256 * 1024;
const LIMIT_MS = 10_000;
const UNITS = [
  'eyJhb',
  'eyJhbG.',
  'eyJhbG-',
  'ghp_',
  'github_pat_',
  'AKIA',
  'xoxb-',
  'sk_live_',
  '-----BEGIN ',
  '-----BEGIN PRIVATE KEY-----',
  'PRIVATE KEY-----',
  'bearer ',
  'basic ',
  '://',
  'a://b:',
  'a://b@',
  '@',
  'a@',
  'a@b.',
  'a.',
  '1',
  '4111 ',
  '4111-1111 ',
  '12.',
  '1.1.1.',
  ':',
  'a:',
  '::',
  'password',
  'password=',
  'password="',
  'password=[',
  'password={',
  'password:\\',
  'token: ',
  '\\',
  '\\"',
  '"',
  "'",
  '=',
  'pwd',
  'cookie: ',
  '[redacted:',
  '[card:',
  'authorization: bearer ',
  ' ',
  '\t',
  '\u00e9',
  '{"a":',
  '[',
  '{"token":[',
  '"\\u0041',
];

test.each(UNITS)(
  '%j',
  (unit) => {
    const redactor = createRedactor({ rules: REDACTION_RULES, fields: ['ssn', 'a.b'], key: 'a key of the tests' });
    const text = unit.repeat(Math.ceil(SIZE / unit.length));
    const inJson = JSON.stringify({ message: text, [text]: 1 });
    for (const one of [text, `{"password":"${text}`, inJson]) redactor.bytes(Buffer.from(one));
  },
  LIMIT_MS,
);

test(
  'JSON that is deep',
  () => {
    const redactor = createRedactor({ rules: REDACTION_RULES, fields: ['a.b'] });
    const open = '{"token":{"a":'.repeat(SIZE / 28);
    redactor.bytes(Buffer.from(`${open}"x"${'}}'.repeat(SIZE / 28)}`));
    redactor.bytes(Buffer.from(`${'['.repeat(SIZE / 2)}"token=a1"${']'.repeat(SIZE / 2)}`));
    const keys = Array.from({ length: 20_000 }, (_, i) => `"eyJhbGciOiJIUzI1NiJ9.e30.${i}":1`);
    redactor.bytes(Buffer.from(`{${keys.join(',')}}`));
  },
  LIMIT_MS,
);
