import { linksOf, MAX_LINKS } from '../../src/tracing/record-links';
import { kafkaRecord, PLAIN_LOG } from '../support/records';

const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');
const withHeader = (traceparent: Buffer | string | (Buffer | string)[]) => ({
  ...kafkaRecord(PLAIN_LOG),
  headers: { traceparent },
});
const spanIds = (records: Parameters<typeof linksOf>[0]) => linksOf(records).map(({ context }) => context.spanId);

describe('linksOf', () => {
  const trace = hex(7, 32);

  it('takes the header as Kafka clients give it, each span once', () => {
    const one = `00-${trace}-${hex(1, 16)}-01`;
    const two = `00-${trace}-${hex(2, 16)}-01`;
    const records = [withHeader(Buffer.from(one)), withHeader([two, one]), withHeader(one), kafkaRecord(PLAIN_LOG)];
    expect(spanIds(records)).toEqual([hex(1, 16), hex(2, 16)]);
  });

  it.each([
    ['not sampled', `00-${trace}-${hex(1, 16)}-00`],
    ['no trace', `00-${hex(0, 32)}-${hex(1, 16)}-01`],
    ['no span', `00-${trace}-${hex(0, 16)}-01`],
    ['a bad version', `ff-${trace}-${hex(1, 16)}-01`],
    ['words', 'hello'],
    ['nothing', ''],
    ['bytes', Buffer.from([0xff, 0xfe, 0])],
  ])('leaves out a header with %s', (_what, header) => {
    expect(linksOf([withHeader(header)])).toEqual([]);
  });

  it(`stops at ${MAX_LINKS}, whatever a batch holds`, () => {
    const records = Array.from({ length: 10_000 }, (_, at) => withHeader(`00-${trace}-${hex(at + 1, 16)}-01`));
    expect(spanIds(records)).toEqual(Array.from({ length: MAX_LINKS }, (_, at) => hex(at + 1, 16)));
  });
});
