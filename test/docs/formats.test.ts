import { FORMAT_NAMES } from '../../src/formats/names';
import { createParser } from '../../src/kafka/decode-record';
import { kafkaRecord } from '../support/records';
import { read } from './documents';

const parse = createParser({ formats: ['auto', 'text'] });
const examples = [
  ...read('docs/formats.md').matchAll(/^### `(\w+)`\n\n.+\n\n```\w+\n([\s\S]*?)\n```\n\n```json\n(.+)\n```$/gm),
].map(([, format, line, document]) => [format!, line!, document!] as const);

describe('docs/formats.md', () => {
  test.each(examples)('%s: the line becomes the document', (format, line, document) => {
    const decoded = parse(kafkaRecord(line));
    if (decoded.kind !== 'record') throw new Error(JSON.stringify(decoded));
    expect(JSON.parse(JSON.stringify(decoded.record))).toEqual(JSON.parse(document));
    expect(decoded.record.event?.format.split('/')[0]).toBe(format);
  });

  test('shows every format', () => {
    const shown = new Set(examples.map(([format]) => format));
    expect(FORMAT_NAMES.filter((name) => !shown.has(name))).toEqual(['auto', 'text']);
  });
});
