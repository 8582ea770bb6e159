import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FORMAT_NAMES } from '../../src/formats/names';
import { createLearningDecoder, createParser } from '../../src/kafka/decode-record';
import { TextBody } from '../../src/kafka/shapes/text-body';
import { kafkaRecord } from '../support/records';

/**
 * Lines as servers and loggers write them, and the document that each must become, read once by hand. Lines of Kafka,
 * Elasticsearch, Temporal, npm and dpkg are of their logs, some shortened, and of log4j's own layout; the others follow the
 * specification of their format.
 */
const CORPUS = join(__dirname, 'corpus');
const parse = createParser({ formats: ['auto', 'text'] });
const cases = readdirSync(CORPUS).flatMap((format) =>
  readdirSync(join(CORPUS, format))
    .filter((name) => name.endsWith('.log'))
    .map((name) => [format, name.replace(/\.log$/, '')] as const),
);

/** Formats of which at least one line of the corpus is decoded by its shape. */
const SHAPED = 'access_log bunyan container ecs gelf journald json logfmt otlp pino syslog winston'.split(' ');

describe('the corpus of real lines', () => {
  test.each(cases)('%s: %s', (format, name) => {
    const file = join(CORPUS, format, name);
    const decoded = parse(kafkaRecord(readFileSync(`${file}.log`)));
    if (decoded.kind !== 'record') throw new Error(JSON.stringify(decoded));
    const document = JSON.parse(decoded.document ?? JSON.stringify(decoded.record));
    expect(document).toEqual(JSON.parse(readFileSync(`${file}.json`, 'utf8')));
    expect(document.event.format.split('/')[0]).toBe(format);
  });

  test('each line is the same document when its shape is known, and those of most formats are then not parsed', () => {
    const decode = createLearningDecoder({ formats: ['auto', 'text'] });
    const lines = cases.map(([format, name]) => ({ format, file: join(CORPUS, format, name) }));
    const spliced = new Set<string>();
    for (let turn = 0; turn < 3; turn += 1) {
      for (const { format, file } of lines) {
        const decoded = decode(kafkaRecord(readFileSync(`${file}.log`)));
        if (decoded.kind !== 'record' || decoded.verbatim || !decoded.spliced) continue;
        const text = new TextBody();
        decoded.spliced.write(text);
        expect(JSON.parse(text.toString())).toEqual(JSON.parse(readFileSync(`${file}.json`, 'utf8')));
        spliced.add(format);
      }
    }
    expect([...spliced].sort()).toEqual(SHAPED);
  });

  test('has lines of every format', () => {
    const groups = ['auto', 'text'];
    expect([...new Set(cases.map(([format]) => format))].sort()).toEqual(
      FORMAT_NAMES.filter((name) => !groups.includes(name)).sort(),
    );
  });
});
