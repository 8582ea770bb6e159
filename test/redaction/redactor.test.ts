import { createRedactor } from '../../src/redaction/redactor';
import { REDACTION_RULES, SECRET_RULES, type RedactionSettings } from '../../src/redaction/rules';
import { generatedMessages } from '../support/log-records';
import { DEFAULT_REDACTION } from '../support/redaction';
import { canaries } from './canaries';

const redact = (text: string, settings: RedactionSettings = DEFAULT_REDACTION) =>
  createRedactor(settings).bytes(Buffer.from(text)).toString();
const KEYED = { ...DEFAULT_REDACTION, key: 'a key of the tests' };
const CANARIES = canaries('c4n4ry');

describe('each rule, in every place of a record', () => {
  const places: Record<string, (text: string) => string> = {
    'plain text': (text) => `before ${text} behind`,
    'invalid JSON': (text) => `{"message":${JSON.stringify(text)},`,
    'a message': (text) => JSON.stringify({ message: text, level: 'info' }),
    'a nested attribute': (text) => JSON.stringify({ a: { b: [{ c: text }] } }),
    'a key': (text) => JSON.stringify({ a: { [text]: 1 } }),
    'JSON in a string': (text) => JSON.stringify({ log: JSON.stringify({ message: text }) }),
    'JSON in a string, cut off': (text) => JSON.stringify({ log: JSON.stringify({ message: text }).slice(0, -2) }),
    'escapes of each character': (text) =>
      `{"m":"${[...text].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"}`,
    'escaped slashes': (text) => JSON.stringify({ message: text }).replaceAll('/', '\\/'),
    // Each of the scan's three steps meets it: how far it is from the beginning differs.
    ...Object.fromEntries(
      ['', 'a', 'ab'].flatMap((shift) =>
        [...'\b\f\n\r\t'].map((blank) => [
          `behind ${JSON.stringify(shift + blank)}`,
          (text: string) => JSON.stringify({ [`m${shift}`]: `${blank}${text}` }),
        ]),
      ),
    ),
    'blanks between the tokens': (text) => JSON.stringify({ message: { text } }, null, 8),
  };
  const cases = Object.entries(places).flatMap(([place, write]) =>
    CANARIES.map(({ rule, text, secret }) => [place, rule, write(text), secret] as const),
  );

  test.each(cases)('%s: %s', (_place, rule, text, secret) => {
    const shown = redact(text);
    expect(shown).not.toContain(secret);
    expect(shown).toContain(`[redacted:${rule}]`);
    expect(redact(shown)).toBe(shown);
    const keyed = redact(text, KEYED);
    expect(keyed).not.toContain(secret);
    expect(keyed).toMatch(new RegExp(`\\[${rule}:[0-9a-f]{16}\\]`));
    expect(redact(keyed, KEYED)).toBe(keyed);
  });

  test('bytes that are no text keep what is not redacted', () => {
    const secret = 'password=hunter2';
    const value = Buffer.concat([Buffer.from([0, 255, 128]), Buffer.from(` ${secret} `), Buffer.from([200, 0])]);
    const shown = createRedactor(DEFAULT_REDACTION).bytes(value);
    expect(shown.toString('latin1')).toBe(value.toString('latin1').replace('hunter2', '[redacted:field]'));
  });
});

describe('names that say secret', () => {
  test.each([
    'password',
    'Password',
    'DB_PASSWORD',
    'passwd',
    'passphrase',
    'secret',
    'client_secret',
    'clientSecret',
    'token',
    'access-token',
    'X-Auth-Token',
    'apiKey',
    'api_key',
    'X-API-Key',
    'authorization',
    'Authorization',
    'cookie',
    'set-cookie',
    'aws_secret_access_key',
    'secretAccessKey',
    'private.key',
    'credential',
    'credentials',
    'pwd',
    'spring.pwd',
  ])('%s', (name) => {
    expect(redact(JSON.stringify({ [name]: 'x' }))).toBe(JSON.stringify({ [name]: '[redacted:field]' }));
    expect(redact(`${name}=x.y`)).toBe(`${name}=[redacted:field]`);
    expect(redact(`"${name}": "x y", "b": 1`)).toBe(`"${name}": "[redacted:field]", "b": 1`);
  });

  test.each(['token_count', 'tokenizer', 'secretary', 'passwords_changed', 'cookie_consent', 'cpwd', 'api', 'keys'])(
    '%s says nothing',
    (name) => expect(redact(JSON.stringify({ [name]: 'x' }))).toBe(JSON.stringify({ [name]: 'x' })),
  );

  test('all strings and numbers below such a name; true, false and null say nothing', () => {
    const value = { credentials: { user: 'a', pins: [1], ok: true }, token: { id: 5, none: null, list: ['b'] } };
    expect(JSON.parse(redact(JSON.stringify(value)))).toEqual({
      // The numbers below a plural are counts.
      credentials: { user: '[redacted:field]', pins: [1], ok: true },
      token: { id: '[redacted:field]', none: null, list: ['[redacted:field]'] },
    });
  });

  test('what one member says of another', () => {
    const attribute = {
      key: 'http.request.header.authorization',
      value: { arrayValue: { values: [{ stringValue: 'x' }] } },
    };
    expect(redact(JSON.stringify(attribute))).toContain('"stringValue":"[redacted:field]"');
    expect(redact('{"key":"user","value":"x"}')).toBe('{"key":"user","value":"x"}');
  });

  test('further fields, by name and by path', () => {
    const settings = { rules: SECRET_RULES, fields: ['ssn', 'user.mail'] };
    const shown = redact('{"SSN":"1","user":{"mail":"a@b.c","ssn":7},"mail":"d","user.mail":"e"}', settings);
    const hidden = '[redacted:field]';
    expect(JSON.parse(shown)).toEqual({
      SSN: hidden,
      user: { mail: hidden, ssn: hidden },
      mail: 'd',
      'user.mail': hidden,
    });
    expect(redact('ssn=123 lessn=4', settings)).toBe('ssn=[redacted:field] lessn=4');
  });

  test.each([
    ['curl -H "Authorization: Basic QQ==" x', 'curl -H "Authorization: [redacted:field]" x'],
    [
      'Authorization: Digest username="a", response="b"\nnext',
      'Authorization: [redacted:field]"a", response="b"\nnext',
    ],
    ['Set-Cookie: a=b; Path=/\nnext', 'Set-Cookie: [redacted:field]\nnext'],
    ["{ password: 'it''s', user: 'a' }", "{ password: '[redacted:field]''s', user: 'a' }"],
    ['"password" => "x y"', '"password" => "[redacted:field]"'],
    ['<password>hunter2</password>', '<password>[redacted:field]</password>'],
    ['?user=a&token=b&x=c', '?user=a&token=[redacted:field]&x=c'],
    ['Pwd=a;Database=b', 'Pwd=[redacted:field];Database=b'],
    ['map[Authorization:[Bearer a] Host:[b]]', 'map[Authorization:[redacted:field] Host:[b]]'],
    ['{\\"password\\":\\"a\\\\\\"b\\",\\"c\\":1', '{\\"password\\":\\"[redacted:field]\\",\\"c\\":1'],
    ['unexpected token: end of input', 'unexpected token: end of input'],
    ['invalid token "<"', 'invalid token "<"'],
    ['token: 3f9a', 'token: [redacted:field]'],
    ['used tokens=512', 'used tokens=512'],
    ['password=', 'password='],
  ])('%s', (text, shown) => expect(redact(text)).toBe(shown));
});

describe('cards', () => {
  test.each([
    '4111111111111111',
    '4111-1111-1111-1111',
    '4111 1111 1111 1111',
    '5555555555554444',
    '2223003122003222',
    '378282246310005',
    '3782 822463 10005',
    '30569309025904',
    '3056 930902 5904',
    '6011111111111117',
    '3530111333300000',
  ])('%s', (card) => {
    expect(redact(`{"n":"a ${card}, b"}`)).toBe('{"n":"a [redacted:card], b"}');
    expect(redact(card, KEYED)).toBe(redact(card.replace(/[ -]/g, ''), KEYED));
  });

  test('before its expiry and behind a time', () => {
    expect(redact('1764160000000 4111 1111 1111 1111 12 28')).toBe('1764160000000 [redacted:card] 12 28');
  });

  test('as a number, beside one that has to keep its digits', () => {
    expect(redact('{"a":4111111111111111,"b":12345678901234567890.10}')).toBe(
      '{"a":"[redacted:card]","b":12345678901234567890.10}',
    );
  });

  test.each([
    ['a wrong check digit', '4111111111111112'],
    ['within more digits', '94111111111111111'],
    ['within a word', 'a4111111111111111'],
    ['a fraction', '0.4111111111111111'],
    // Its signs but the point passed for the digits of a card.
    ['a number with a fraction', '{"a":[5883140.270332827,4111111111111.11]}'],
    ['a number with an exponent', '{"a":[5883140270332e827,411111111111e111]}'],
    ['a UUID', '41111111-1111-4111-8111-111111111111'],
    ['milliseconds', '1764160000000'],
    ['microseconds', '1764160000000000'],
    ['nanoseconds', '1764160000000000000'],
    ['a longer list of groups', '123 4111 1111 1111 1112'],
  ])('%s is none', (_what, text) => expect(redact(text)).toBe(text));
});

describe('people, by choice', () => {
  const people: RedactionSettings = { rules: REDACTION_RULES, fields: [] };
  test.each([
    ['mail to a.b+c@example.co.uk.', 'mail to [redacted:email].'],
    ['from 10.0.0.1:8080, 2001:db8::1 and ::1', 'from [redacted:ip]:8080, [redacted:ip] and [redacted:ip]'],
    ['at 12:34:56 in std::vector of 1.2.3', 'at 12:34:56 in std::vector of 1.2.3'],
    ['[::ffff:10.0.0.1]', '[[redacted:ip]]'],
    ['300.1.1.1 1.2.3.4.5', '300.1.1.1 1.2.3.4.5'],
  ])('%s', (text, shown) => {
    expect(redact(text, people)).toBe(shown);
    expect(redact(text)).toBe(text);
  });
});

describe('replacements', () => {
  test('two secrets as names of one object stay two names, and one that stands twice stays so', () => {
    const [one, other] = ['eyJhbGciOiJIUzI1NiJ9.e30.a', 'eyJhbGciOiJIUzI1NiJ9.e30.b'];
    expect(redact(`{"${one}":1,"${other}":2,"${one}":3}`)).toBe(
      '{"[redacted:jwt]":1,"[redacted:jwt]#2":2,"[redacted:jwt]":3}',
    );
  });

  test('with a key: the same secret looks the same under every rule, another one or another key does not', () => {
    const hash = (text: string, key = KEYED.key) => /:([0-9a-f]{16})\]/.exec(redact(text, { ...KEYED, key }))![1];
    expect(hash('Bearer abcdefgh1')).toBe(hash('{"token":"abcdefgh1"}'));
    expect(hash('token=abcdefgh2')).not.toBe(hash('token=abcdefgh1'));
    expect(hash('token=abcdefgh1', 'another key of the tests')).not.toBe(hash('token=abcdefgh1'));
  });

  test('each one is told', () => {
    const told: string[] = [];
    const redactor = createRedactor(DEFAULT_REDACTION, (rule) => told.push(rule));
    redactor.bytes(Buffer.from('{"password":"a","m":"4111111111111111 and Bearer abcdefgh1"}'));
    expect(told).toEqual(['field', 'card', 'bearer']);
  });

  test('the fingerprint follows rules, fields and key, and does not tell the key', () => {
    const of = (settings: RedactionSettings) => createRedactor(settings).fingerprint;
    const all = [
      of(DEFAULT_REDACTION),
      of(KEYED),
      of({ ...KEYED, key: 'another key of tests' }),
      of({ rules: [], fields: [] }),
      of({ ...DEFAULT_REDACTION, fields: ['ssn'] }),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(of({ rules: [...SECRET_RULES].reverse(), fields: [] })).toBe(of(DEFAULT_REDACTION));
  });
});

describe('a record', () => {
  const record = {
    offset: 1,
    timestamp: 2,
    key: Buffer.from('k'),
    value: Buffer.from('{}'),
    headers: { a: Buffer.from('b') },
  };

  test('without a secret is the same object', () => {
    expect(createRedactor(DEFAULT_REDACTION).record(record)).toBe(record);
  });

  test('key, value, header values and names', () => {
    const [{ text }] = [CANARIES[1]!];
    const shown = createRedactor(DEFAULT_REDACTION).record({
      ...record,
      key: Buffer.from(text),
      value: Buffer.from(text),
      headers: { 'x-api-key': 'plain', [text]: 'v', trace: [Buffer.from(text), 'ok'], __proto__own: 'x' },
    });
    expect(String(shown.key)).toBe('[redacted:jwt]');
    expect(String(shown.value)).toBe('[redacted:jwt]');
    const headers = Object.entries(shown.headers!).map(([name, value]) => [name, [value].flat().map(String)]);
    expect(headers).toEqual([
      ['x-api-key', ['[redacted:field]']],
      ['[redacted:jwt]', ['v']],
      ['trace', ['[redacted:jwt]', 'ok']],
      ['__proto__own', ['x']],
    ]);
  });
});

test('a quarter of a million of our own logs, of four seeds: nothing is redacted', () => {
  const redactor = createRedactor(DEFAULT_REDACTION);
  for (const seed of [1, 2, 3, 4]) {
    for (const { value } of generatedMessages(62_500, seed)) {
      const bytes = Buffer.from(value);
      if (redactor.bytes(bytes) !== bytes) throw new Error(`redacted: ${value}`);
    }
  }
}, 240_000);

describe('a text as a list of its bytes', () => {
  const listed = (text: string) => [...Buffer.from(text)];
  const shown = (value: unknown) => JSON.parse(String(redactor.bytes(Buffer.from(JSON.stringify(value)))));
  const redactor = createRedactor(DEFAULT_REDACTION);

  test('is redacted where journald has it', () => {
    const entry = { PRIORITY: '6', MESSAGE: listed('\u0001 password=hunter2'), _PID: '1' };
    expect(shown(entry)).toEqual({ ...entry, MESSAGE: '\u0001 password=[redacted:field]' });
    expect(shown({ log: JSON.stringify(entry) }).log).not.toContain(String(listed('hunter2')));
    const deeper = { log: JSON.stringify({ log: JSON.stringify(entry, null, 2) }) };
    expect(shown(deeper).log).not.toMatch(/104,\D*117,/);
    const spread = JSON.stringify(entry).replace('"MESSAGE":', '"MESSAGE" \t:\r\n ');
    expect(String(redactor.bytes(Buffer.from(spread)))).toContain('password=[redacted:field]');
    expect(shown({ note: 'MESSAGE, MESSAGE', ...entry }).MESSAGE).toBe('\u0001 password=[redacted:field]');
  });

  test('stays where nothing is in it, where it is no list of bytes, and elsewhere', () => {
    const plain = { MESSAGE: listed('a plain text'), other: listed('password=hunter2') };
    expect(shown(plain)).toEqual(plain);
    const mixed = { MESSAGE: [...listed('password=hunter2'), 256] };
    expect(shown(mixed)).toEqual(mixed);
    expect(shown({ MESSAGE: [listed('password=hunter2')] })).toEqual({ MESSAGE: [listed('password=hunter2')] });
  });
});
