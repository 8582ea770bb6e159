import fc from 'fast-check';
import { JSON_FORMATS } from '../../src/formats/formats';
import { createParser } from '../../src/kafka/decode-record';
import { leavesOf, readBack } from '../support/read-back';
import { kafkaRecord } from '../support/records';

const RUNS = { numRuns: 3000 };
const parse = createParser({ formats: ['auto', 'text'] });

/** By format: what makes it recognised. */
const MARKS: Record<string, Record<string, unknown>> = {
  bunyan: { v: 0, name: 'a', level: 30, msg: 'm' },
  pino: { level: 30, time: 1_795_521_598_123, msg: 'm' },
  gelf: { short_message: 's', host: 'h' },
  journald: { MESSAGE: 'm', PRIORITY: '6' },
  nginx_json: { remote_addr: '10.0.0.1', status: '200' },
  ecs: { '@timestamp': '2026-11-24T11:59:58.120Z', message: 'm' },
  winston: { level: 'info', message: 'm' },
  json: { severity: 'INFO', msg: 'm' },
};
const values = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    'info',
    'ERROR',
    404,
    '404',
    [],
    {},
    ['a'],
    '2026-11-24T11:59:58.120Z',
    '/a?b',
  ),
  fc.constantFrom<unknown>('4bf92f3577b34da6a3ce929d0e0e4736', -1, 1e300, '\0number0:7', { x: { y: [1] } }),
);

/** A record of a format, with any of the names that its table knows, dotted or nested, and others. */
function recordsOf(format: string) {
  const known = [...JSON_FORMATS.find(({ name }) => name === format)!.table!.rules.keys()];
  const names = fc.oneof(
    fc.constantFrom(...known),
    fc.constantFrom('x', '__proto__', 'constructor', 'a.b', 'log', 'error'),
  );
  const members = fc.array(fc.tuple(names, values, fc.boolean()), { maxLength: 8 });
  return members.map((some) => {
    const record: Record<string, unknown> = { ...MARKS[format] };
    for (const [name, value, nests] of some) {
      const parts = nests ? name.split('.') : [name];
      const wrapped = parts.slice(1).reduceRight<unknown>((inner, part) => ({ [part]: inner }), value);
      if (!Object.hasOwn(record, parts[0]!))
        Object.defineProperty(record, parts[0]!, { value: wrapped, enumerable: true });
    }
    return record;
  });
}

describe.each(Object.keys(MARKS))('a record of %s', (format) => {
  test('can be read back from its document: no field is lost', () => {
    let seen = 0;
    fc.assert(
      fc.property(recordsOf(format), (record) => {
        const decoded = parse(kafkaRecord(record));
        if (decoded.kind !== 'record' || !decoded.record.event) return;
        const document = JSON.parse(decoded.document ?? JSON.stringify(decoded.record)) as Record<string, unknown>;
        if ((document['event'] as { format: string }).format !== format) return;
        seen += 1;
        const found = readBack(document);
        for (const leaf of leavesOf(JSON.parse(JSON.stringify(record)))) expect([...found]).toContain(leaf);
      }),
      RUNS,
    );
    // The property would hold idly if no record were recognised.
    expect(seen).toBeGreaterThan(RUNS.numRuns / 3);
  });
});

describe('a record of otlp', () => {
  const table = JSON_FORMATS.find(({ name }) => name === 'otlp')!.table!;
  const keys = fc.oneof(fc.constantFrom(...table.rules.keys()), fc.constantFrom('x', 'otlp', '__proto__', 'a.b'));
  const typed = fc.oneof(
    fc.string().map((text): [unknown, unknown] => [{ stringValue: text }, text]),
    fc.integer().map((whole): [unknown, unknown] => [{ intValue: String(whole) }, whole]),
    fc.boolean().map((flag): [unknown, unknown] => [{ boolValue: flag }, flag]),
    fc.constant<[unknown, unknown]>([{ bytesValue: 'AAE=' }, { bytesValue: 'AAE=' }]),
  );
  const lists = fc.uniqueArray(fc.tuple(keys, typed), { selector: ([key]) => key, maxLength: 6 });
  const toList = (pairs: [string, [unknown, unknown]][]) => pairs.map(([key, [value]]) => ({ key, value }));

  test('tells every attribute of the record and of its resource', () => {
    fc.assert(
      fc.property(lists, lists, (own, ofResource) => {
        const logRecords = [{ timeUnixNano: '1795521598123456789', attributes: toList(own) }];
        const resourceLogs = [{ resource: { attributes: toList(ofResource) }, scopeLogs: [{ logRecords }] }];
        const decoded = parse(kafkaRecord({ resourceLogs }));
        if (decoded.kind !== 'record') throw new Error(JSON.stringify(decoded));
        const told = readBack(JSON.parse(JSON.stringify(decoded.record)) as Record<string, unknown>);
        const wanted = (pairs: typeof own, path: string, other: string) => {
          for (const [key, [, value]] of pairs) {
            for (const leaf of leavesOf(value, key)) {
              const places = [leaf, `${path}${leaf}`, leaf.replace('otlp', other)];
              expect([leaf, places.some((place) => told.has(place))]).toEqual([leaf, true]);
            }
          }
        };
        wanted(own, '', 'otlp.attribute_otlp');
        wanted(ofResource, 'otlp.resource_logs.resource.attributes.', 'otlp');
      }),
      RUNS,
    );
  });
});

describe('a line of a container', () => {
  const inner = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc
      .record({ level: fc.constant(30), msg: fc.string(), x: values, container: values })
      .map((one) => JSON.stringify(one)),
    fc.constantFrom(
      'a=b level=info',
      '2026-11-24T11:59:58Z stdout F {"level":30,"msg":"x"}',
      '{"cut":',
      '{"level":1e999}',
    ),
  );
  const around = fc.record(
    { stream: fc.constant('stdout'), time: values, kubernetes: values, container_name: values, 'a.b': values },
    { requiredKeys: ['stream'] },
  );

  test('tells what stood around it, and the line itself', () => {
    fc.assert(
      fc.property(inner, around, (log, beside) => {
        const decoded = parse(kafkaRecord({ log, ...beside }));
        if (decoded.kind !== 'record') throw new Error(JSON.stringify(decoded));
        const document = JSON.parse(decoded.document ?? JSON.stringify(decoded.record)) as Record<string, unknown>;
        const attributes = document['attributes'] as Record<string, unknown>;
        const names = Object.keys(attributes).filter((name) => /^container_*$/.test(name));
        const outermost = names.sort((a, b) => b.length - a.length)[0]!;
        const { event, message } = decoded.record;
        const time = event!.fields?.['container.time'];
        const shown = { ...(attributes[outermost] as object), ...(time === undefined ? {} : { time }) };
        expect(shown).toEqual(JSON.parse(JSON.stringify(beside)));
        if (!/^container\/(?:pino|sluice|json)$/.test(event!.format)) {
          expect(event!.original ?? message).toBe(log.replace(/\r?\n$/, ''));
          return;
        }
        const told = readBack(document);
        for (const leaf of leavesOf(JSON.parse(log))) {
          const isTold = [...told].some((one) => one === leaf || one === leaf.replace(/^container/, outermost));
          expect([leaf, isTold]).toEqual([leaf, true]);
        }
      }),
      RUNS,
    );
  });
});

describe('any text', () => {
  test('is told by its document, letter by letter', () => {
    const lines = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(
          fc.constantFrom(
            '<34>',
            '2026-11-24T11:59:58.5Z stdout F ',
            '{"level":30,"msg":"x","time":1795521598123}',
            'ERROR:a.b:',
            'Oct 11 22:14:15 ',
            '2026-11-24 11:59:58,123',
            ' [main] ',
            'ERROR ',
            'a=b ',
            'msg="x" ',
            'level=info ',
            '\n\tat x',
            '127.0.0.1 - - [24/Nov/2026:11:59:58 +0000] "GET / HTTP/1.1" 200 5',
          ),
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(lines, (line) => {
        const bytes = Buffer.from(line);
        const decoded = parse(kafkaRecord(bytes));
        // An object is no text.
        if (decoded.kind !== 'record' || !decoded.record.event || line.startsWith('{')) return;
        const { event, message } = decoded.record;
        expect(event.original ?? message).toBe(bytes.toString().replace(/\r?\n$/, ''));
      }),
      RUNS,
    );
  });
});
