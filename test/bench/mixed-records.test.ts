import { inOtherFormat, WRITERS } from '../../bench/mixed-records';
import { createDecoder } from '../../src/kafka/decode-record';
import { generatedMessages } from '../support/log-records';
import { kafkaRecord } from '../support/records';

const NAMES: Record<string, string> = { container: 'container/pino' };

describe('the records of other formats that the bench drains', () => {
  test.each(Object.keys(WRITERS))('%s is met as what it is', (format) => {
    const decode = createDecoder({ formats: ['auto', 'text'] });
    const met = generatedMessages(50).map(({ value }) => {
      const decoded = decode(kafkaRecord(inOtherFormat(value, 0, format)));
      if (decoded.kind !== 'record' || decoded.verbatim) return decoded.kind;
      const document = JSON.parse(decoded.document ?? JSON.stringify(decoded.record)) as {
        event?: { format?: string };
      };
      return document.event?.format;
    });
    expect(new Set(met)).toEqual(new Set([NAMES[format] ?? format]));
  });
});
