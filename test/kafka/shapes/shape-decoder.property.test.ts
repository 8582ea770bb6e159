import fc from 'fast-check';
import type { KafkaRecord, ParsedRecord } from '../../../src/domain/record';
import { BodyWriter } from '../../../src/elasticsearch/body-writer';
import { JSON_FORMATS, OWN_FORMAT } from '../../../src/formats/formats';
import { createLearningDecoder, createParser } from '../../../src/kafka/decode-record';
import { kafkaRecord } from '../../support/records';

const parse = createParser({ formats: ['auto', 'text'] });

/** By format: what makes it recognised, as names and JSON. */
const MARKS: Record<string, [string, string][]> = {
  sluice: [
    ['service', '"auth"'],
    ['level', '"info"'],
    ['message', '"m"'],
    ['timestamp', '"2026-11-24T11:59:58.120Z"'],
  ],
  bunyan: [
    ['v', '0'],
    ['name', '"a"'],
    ['level', '30'],
    ['msg', '"m"'],
    ['time', '"2026-11-24T11:59:58.120Z"'],
  ],
  pino: [
    ['level', '30'],
    ['time', '1795521598123'],
    ['msg', '"m"'],
  ],
  gelf: [
    ['short_message', '"s"'],
    ['host', '"h"'],
    ['timestamp', '1795521598.307'],
  ],
  ecs: [
    ['@timestamp', '"2026-11-24T11:59:58.120Z"'],
    ['message', '"m"'],
  ],
  winston: [
    ['level', '"info"'],
    ['message', '"m"'],
    ['timestamp', '"2026-11-24 11:59:58,120"'],
  ],
  journald: [
    ['__REALTIME_TIMESTAMP', '"1795521598123456"'],
    ['PRIORITY', '"6"'],
    ['MESSAGE', '"m"'],
  ],
  json: [
    ['severity', '"INFO"'],
    ['msg', '"m"'],
    ['ts', '1795521598.307'],
  ],
};

/** JSON of values that formats, guards and the writing of numbers look at closely. */
const odd = fc.constantFrom(
  ...[
    '""',
    '"info"',
    '"INFO"',
    '"warning"',
    '"30"',
    '30',
    '50',
    '9',
    '404',
    '"404"',
    '"0404"',
    '"0.004"',
    '99',
    '600',
    '1.5',
  ],
  ...['0', '-0', '-1', '1.0', '1.50', '0.000001', '0.0000001', '1e3', '12345678901234567890', '123456789012345', '0.1'],
  ...[
    '1795521598',
    '1795521598.307',
    '1795521598123',
    '1795521598123456',
    '"1795521598123456789"',
    '"1795521598"',
    '1e21',
  ],
  ...[
    '"2026-11-24T11:59:58.120Z"',
    '"2026-11-24T11:59:58Z"',
    '"2026-11-24 11:59:58,120"',
    '"Nov 24 11:59:58"',
    '"2026-02-30T00:00:00.000Z"',
  ],
  ...['"1999-01-01T00:00:00.000Z"', '"2026-11-26T11:59:58.120Z"', '"0000-01-01T00:00:00.000Z"'],
  ...['"/a"', '"/a?b=1"', '"/a?"', '"/a#f"', '"/a?b#c"', '"https://h/p?q"', '"a?b"', '"?"', '"/a\\"?b\\\\"', '"/"'],
  ...[
    '"4bf92f3577b34da6a3ce929d0e0e4736"',
    '"00000000000000000000000000000000"',
    '"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"',
  ],
  ...[
    '"a\\"b"',
    '"a\\\\"',
    '"\\n"',
    '"\\u0041"',
    '"\\u0000number0:7"',
    '"\\/"',
    '"é"',
    '"😀"',
    '"\\ud83d"',
    '"\\u2028"',
    '"\u007f"',
    '"~value-0~"',
  ],
  ...[
    'null',
    'true',
    'false',
    '[]',
    '{}',
    '["a"]',
    '[1,"b"]',
    '[72,105]',
    '[72,300]',
    '[333,333]',
    '{"x":{"y":[1]}}',
    '{"a":"b","c":2}',
    '[{"key":"k","value":{"stringValue":"v"}}]',
  ],
);
const usual = fc.oneof(
  fc.string({ maxLength: 12 }).map((text) => JSON.stringify(text)),
  fc.stringMatching(/^[a-z ]{1,12}$/).map((text) => JSON.stringify(text)),
  fc.integer().map(String),
);

/** The kind of value that a service writes under one name, most of the time. */
const kinds = fc.oneof(
  { weight: 3, arbitrary: fc.constant(usual) },
  { weight: 3, arbitrary: odd.map((one) => fc.oneof({ weight: 5, arbitrary: fc.constant(one) }, odd)) },
  { weight: 1, arbitrary: fc.constant(odd) },
  // Two names that now have the same value, and now not.
  { weight: 2, arbitrary: fc.constant(fc.constantFrom('"a"', '"b"', '"a"', '1', '2')) },
);

/** Records of one service: the same names in the same order, with values of their kinds. */
function logsOf(format: string) {
  const known = [...[OWN_FORMAT, ...JSON_FORMATS].find(({ name }) => name === format)!.table!.rules.keys()];
  const names = fc.oneof(
    fc.constantFrom(...known),
    fc.constantFrom('x', '__proto__', 'constructor', 'a.b', '7', 'log', 'é', 'a\\n'),
  );
  const blanks = fc.constantFrom('', '', ' ');
  return fc
    .tuple(
      fc.array(fc.tuple(names, kinds, fc.boolean(), fc.boolean()), { maxLength: 8 }),
      blanks,
      fc.boolean(),
      fc.boolean(),
    )
    .chain(([members, blank, marksFirst, firm]) => {
      const marks = MARKS[format]!.map(
        ([name, json]) => [name, firm ? fc.constant(json) : fc.oneof(fc.constant(json), odd), false] as const,
      );
      const others = members.filter(([name]) => !MARKS[format]!.some(([mark]) => mark === name));
      const rows = others.map(([name, kind, nests]) => [name, kind, nests] as const);
      const all = marksFirst ? [...marks, ...rows] : [...rows, ...marks];
      return fc.array(fc.tuple(...all.map(([, kind]) => kind)), { minLength: 2, maxLength: 7 }).map((lines) =>
        lines.map((values) =>
          objectText(
            all.map(([name, , nests], at) => [nests ? name.split('.') : [name], values[at]!]),
            blank,
          ),
        ),
      );
    });
}

/** An object of members, nested where their names are. */
function objectText(members: (readonly [string[], string])[], blank: string): string {
  const fields = members.map(([path, json]) =>
    path.reduceRight(
      (inner, name, at) => (at === 0 ? `"${name}":${blank}${inner}` : `{"${name}":${blank}${inner}}`),
      json,
    ),
  );
  return `{${fields.join(`,${blank}`)}}`;
}

function documentOf({ record, document }: ParsedRecord): string {
  return document ?? JSON.stringify(record);
}

/** What the learning decoder says of each record is what the parser says. @returns how many of them were not parsed */
function compare(records: KafkaRecord[]): number {
  const decode = createLearningDecoder({ formats: ['auto', 'text'] });
  let spliced = 0;
  for (const record of records) {
    const expected = parse(record);
    const got = decode(record);
    if (got.kind !== 'record' || expected.kind !== 'record' || got.verbatim || !got.spliced) {
      if (got.kind !== 'record' || !got.verbatim) expect(got).toEqual(expected);
      continue;
    }
    spliced += 1;
    const body = new BodyWriter(8);
    got.spliced.write(body);
    const { level, status_code, response_time_ms, error_code } = expected.record;
    expect([String(record.value), body.written.toString()]).toEqual([String(record.value), documentOf(expected)]);
    expect(got.record).toMatchObject({ level, status_code, response_time_ms });
    expect(got.record.error_code !== undefined).toBe(error_code !== undefined);
  }
  return spliced;
}

describe.each(Object.keys(MARKS))('records of one service that writes %s', (format) => {
  test('are decoded by their shape as they are by parsing', () => {
    let spliced = 0;
    fc.assert(
      fc.property(logsOf(format), (lines) => {
        spliced += compare(lines.map((line) => kafkaRecord(line)));
      }),
      { numRuns: 1500 },
    );
    expect(spliced).toBeGreaterThan(100);
  });

  test('and so in lines of a container', () => {
    let spliced = 0;
    const around = fc.tuple(
      fc.constantFrom('stdout', 'stdout', 'stderr', 'other'),
      fc.oneof({ weight: 4, arbitrary: fc.constant('"2026-11-24T11:59:58.123456789Z"') }, odd),
      fc.boolean(),
      fc.constantFrom('\n', '', '\r\n'),
      fc.dictionary(
        fc.constantFrom('pod_name', 'container_name', 'host', 'namespace_name', 'labels', 'x'),
        fc.oneof({ weight: 4, arbitrary: fc.constantFrom('"web-1"', '{"app":"cart","team":"t"}') }, odd),
        { maxKeys: 3, noNullPrototype: true },
      ),
      odd,
    );
    fc.assert(
      fc.property(logsOf(format), around, (lines, [stream, time, first, end, pod, other]) => {
        const texts = lines.map((line, turn) => {
          const names = Object.entries(pod).map(([name, json], at) => `"${name}":${at === turn % 5 ? other : json}`);
          const members = [`"log":${JSON.stringify(line + end)}`, `"stream":"${stream}"`, `"time":${time}`];
          if (names.length > 0) members.push(`"kubernetes":{${names.join(',')}}`);
          return `{${(first ? members : members.reverse()).join(',')}}`;
        });
        spliced += compare(texts.map((text) => kafkaRecord(text)));
      }),
      { numRuns: 800 },
    );
    expect(spliced).toBeGreaterThan(10);
  });
});

describe('records of OpenTelemetry', () => {
  const value = fc.oneof(
    fc
      .tuple(
        fc.constantFrom('stringValue', 'intValue', 'doubleValue', 'boolValue', 'bytesValue', 'arrayValue'),
        fc.oneof(usual, odd),
      )
      .map(([kind, json]) => `{"${kind}":${json}}`),
    usual.filter((json) => json.startsWith('"')).map((json) => `{"stringValue":${json}}`),
    fc.integer().map((number) => `{"intValue":"${number}"}`),
    odd,
  );
  const names = fc.constantFrom(
    ...[
      'service.name',
      'host.name',
      'http.request.method',
      'url.path',
      'http.response.status_code',
      'user.id',
      'error.code',
    ],
    ...[
      'response_time_ms',
      'process.pid',
      'code.namespace',
      'x',
      'otlp',
      'exception.type',
      'http.status_code',
      '__proto__',
    ],
  );
  const attributes = fc.uniqueArray(names, { maxLength: 4 }).chain((keys) => {
    return fc.tuple(...keys.map(() => value)).map((values) => {
      return `[${keys.map((key, at) => `{"key":"${key}","value":${values[at]}}`).join(',')}]`;
    });
  });
  const mostly = (...some: string[]) => fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...some) }, odd);
  const own = fc.record(
    {
      timeUnixNano: mostly('"1795521598123456789"'),
      observedTimeUnixNano: mostly('"1795521598123456789"'),
      severityNumber: mostly('9', '17'),
      severityText: mostly('"INFO"', '"info"', '"WARN2"'),
      body: fc.oneof({ weight: 6, arbitrary: fc.constant('{"stringValue":"it broke"}') }, value),
      traceId: mostly('"4bf92f3577b34da6a3ce929d0e0e4736"', '""'),
      spanId: mostly('"00f067aa0ba902b7"', '""'),
      flags: mostly('1'),
      attributes,
    },
    { requiredKeys: ['timeUnixNano', 'body'] },
  );
  const toText = (members: Record<string, string | undefined>) =>
    `{${Object.entries(members)
      .flatMap(([name, json]) => (json === undefined ? [] : [`"${name}":${json}`]))
      .join(',')}}`;
  const requests = fc.tuple(
    fc.option(attributes, { nil: undefined }),
    fc.constantFrom('', '"scope":{"name":"lib","version":"1"},'),
  );

  test('are decoded by their shape as they are by parsing', () => {
    let spliced = 0;
    fc.assert(
      fc.property(
        fc.array(own, { minLength: 1, maxLength: 4 }),
        fc.option(requests, { nil: undefined }),
        (records, around) => {
          const texts = records.flatMap((record) => {
            const other = { ...record, timeUnixNano: '"1795521598999999999"', body: '{"stringValue":"other"}' };
            return [record, other, record].map(toText);
          });
          const wrapped = texts.map((text) => {
            if (!around) return text;
            const resource = around[0] === undefined ? '' : `"resource":{"attributes":${around[0]}},`;
            return `{"resourceLogs":[{${resource}"scopeLogs":[{${around[1]}"logRecords":[${text}]}]}]}`;
          });
          spliced += compare(wrapped.map((text) => kafkaRecord(text)));
        },
      ),
      { numRuns: 1500 },
    );
    expect(spliced).toBeGreaterThan(100);
  });
});

describe('lines that are no JSON', () => {
  const times = [
    ...[
      '2026-11-24T11:59:58.120Z',
      '2026-11-24T11:59:58Z',
      '2026-11-24 11:59:58,120',
      '2026-11-24 11:59:58',
      '1795521598123',
    ],
    ...[
      '24/Nov/2026:11:59:58 +0000',
      '99/Nov/2026:11:59:58 +0000',
      '-',
      'now',
      'Nov 24 11:59:58',
      '2026-11-24T11:59:58,120 +01:00',
    ],
  ];
  const words = fc.oneof(
    fc.stringMatching(/^[a-z0-9.]{1,8}$/),
    fc.stringMatching(/^[!-~]{0,6}$/),
    fc.constantFrom(
      ...[
        '-',
        '',
        '200',
        '404',
        '503',
        '0200',
        '99',
        '12.50',
        '4242',
        '007',
        'INFO',
        'info',
        'error',
        '[x]',
        'a:80',
        'a=b',
        'é',
        '~',
      ],
    ),
    fc.constantFrom(
      '/a',
      '/a?b=1',
      '/a?',
      '/a#f',
      '*',
      'http://h/a',
      '::1',
      '[redacted:ip]',
      'tag:',
      'value-900001',
      '101',
    ),
  );
  const texts = fc.oneof(
    words,
    fc.string({ maxLength: 16 }),
    fc.constantFrom(
      'it "broke" \\ here',
      'a [b] "GET / HTTP/1.1" 200 5',
      '\ufeffmark',
      ' two  blanks ',
      'Straße',
      'tab\there',
      'x\n\tat y',
      'stdout F z',
    ),
    fc.constantFrom(
      '- [24/Nov/2026:11:59:58 +0000] "GET / HTTP/1.1" 200 5',
      'a - INFO - b',
      '[main] ERROR x.Y - z',
      'error_code=1 level=info',
    ),
  );
  /** What differs between lines of a form: by the name in braces. */
  const values: Record<string, fc.Arbitrary<string>> = {
    time: fc.constantFrom(...times),
    text: texts,
    bsd: fc.constantFrom(
      'Feb 30 11:59:58',
      'Nov 24 25:59:58',
      'Nox 24 11:59:58',
      'Nov 24 11:59',
      '2026-11-24T11:59:58Z',
    ),
  };
  const USUAL: Record<string, string[]> = {
    time: times.slice(0, 6),
    bsd: ['Nov 24 11:59:58', 'Nov  4 01:02:03', 'Dec 31 23:59:59', 'Jan  1 00:00:00'],
    word: ['web-1', '4242'],
    text: ['it broke', 'GET'],
    level: ['info', 'ERROR'],
    status: ['200', '404', '503'],
    url: ['/a', '/a/b?c=d'],
    size: ['5', '1024', '-'],
  };
  const FORMS: Record<string, string[]> = {
    logfmt: [
      'time={time} level={level} msg="{text}" a={word}',
      'msg="{text}" level=info path={url} status={status} error_code={word}',
      'level={level} service={word} msg={word}  x=1',
      'msg="{text}" err="{text}" request_id={word} req_id={word} tags="{text}"',
      'ts={time} lvl=info event={word} url={url} ',
    ],
    syslog: [
      '<134>1 {time} {word} {word} {word} {word} - {text}',
      '<11>1 {time} web-1 api 42 - [req@32473 request_id="{text}" status_code="{status}" path="{url}" x="{text}"] {text}',
      '<134>1 {time} {word} api - ID1 [origin ip="{word}"][a@1 user_id="{word}" userId="{word}"] {text}',
      '<134>1 - web-1 {word} 1 - [a@1]{text}',
      '<999>1 {time} web-1 api 1 - - {text}',
      '<30>{bsd} {word} {word}[{word}]: {text}',
      '<30>{bsd} web-1 api: {text}',
      '{bsd} web-1 {word}[4242]: {text}',
      '{bsd} {word} {word}:{text}',
      '<200>{bsd} web-1 {text}',
    ],
    access_log: [
      '{word} - - [{time}] "GET {url} HTTP/1.1" {status} {size} "{text}" "{text}"',
      '{word} - {word} [{time}] "POST {url} HTTP/1.0" {status} {size}',
      '{word} {word} - [{time}] "{text}" {status} {size} "-" "{text}"',
      'h:80 {word} - {word} [{time}] "GET {url} HTTP/2" {status} {size} "{text}" "-" {word}',
    ],
    log4j: [
      '{time} [{word}] INFO {word} - {text}',
      '{time} ERROR [{text}] {word} - {text}',
      '{time} WARN  {word} - {text}',
      '{time} [{word}] DEBUG  {word}: {text}',
      '{time} INFO {word} --- [{word}] {word} : {text}',
      '{time} stdout F {text}',
    ],
  };
  const fill = (form: string): fc.Arbitrary<string> => {
    const pieces = form.split(/(\{\w+\})/);
    return fc
      .tuple(
        ...pieces.map((piece) => {
          const name = /^\{(\w+)\}$/.exec(piece)?.[1];
          if (name === undefined) return fc.constant(piece);
          return fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...USUAL[name]!) }, values[name] ?? words);
        }),
      )
      .map((parts) => parts.join(''));
  };

  test.each(Object.keys(FORMS))('of %s are decoded by their shape as they are by parsing', (format) => {
    let spliced = 0;
    const lines = fc
      .constantFrom(...FORMS[format]!)
      .chain((form) => fc.array(fill(form), { minLength: 3, maxLength: 12 }));
    fc.assert(
      fc.property(lines, (some) => {
        spliced += compare(some.map((line) => kafkaRecord(line)));
      }),
      { numRuns: 2500 },
    );
    expect(spliced).toBeGreaterThan(100);
  });

  test('of all forms together', () => {
    const forms = Object.values(FORMS).flat();
    const line = fc.constantFrom(...forms).chain(fill);
    fc.assert(
      fc.property(fc.array(line, { minLength: 5, maxLength: 40 }), (some) => {
        compare(some.map((one) => kafkaRecord(one)));
      }),
      { numRuns: 500 },
    );
  });
});
