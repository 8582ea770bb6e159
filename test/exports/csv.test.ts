import fc from 'fast-check';
import { LOG_MAPPING } from '../../src/elasticsearch/index-template';
import { csvColumns, csvHead, csvRow } from '../../src/exports/csv';
import { readCsv } from '../support/read-csv';

const columns = csvColumns(['message', 'attributes.a.b', 'response_time_ms', 'tags']);
const row = (log: object) => csvRow({ id: 'i', index: 'x', ...log }, columns);

/** As the documentation says to read a text. */
const textOf = (cell: string) => cell.replace(/^'/, '');

describe('CSV', () => {
  it('gives back every text, number and list, whatever stands in it', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: fc.constantFrom(...'=+-@\t\r\n\'",; x１＝＋') }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.record({ message: text, tags: fc.array(text), response_time_ms: fc.double() })),
        (logs) => {
          const rows = readCsv(csvHead(columns) + logs.map(row).join(''));
          expect(rows).toHaveLength(logs.length + 1);
          logs.forEach(({ message, tags, response_time_ms: time }, at) => {
            const cells = rows[at + 1]!;
            expect(cells).toHaveLength(columns.length);
            expect(textOf(cells[2]!.text)).toBe(message);
            expect(cells[4]!.text).toBe(JSON.stringify(time));
            expect(JSON.parse(cells[5]!.text)).toEqual(tags);
          });
        },
      ),
    );
  });

  it('begins no text with what a spreadsheet takes for a formula', () => {
    fc.assert(
      fc.property(fc.constantFrom(...'=+-@\t\r\n＝＋－＠'), fc.string(), (first, rest) => {
        const [cells] = readCsv(row({ message: first + rest }));
        expect(cells![2]!.text).toBe(`'${first}${rest}`);
      }),
    );
    expect(row({ message: '=HYPERLINK("http://x","y")' })).toBe(`i,x,"'=HYPERLINK(""http://x"",""y"")",,,\r\n`);
  });

  it('leaves numbers numbers, negative ones too', () => {
    expect(row({ response_time_ms: -1.5, message: '-1.5' })).toBe(`i,x,'-1.5,,-1.5,\r\n`);
  });

  it('tells an empty text from none', () => {
    expect(row({ message: '' })).toBe('i,x,"",,,\r\n');
    expect(row({})).toBe('i,x,,,,\r\n');
  });

  it.each([[{ a: { b: 'v' } }], [{ 'a.b': 'v' }], [{ a: 'other', 'a.b': 'v' }], [{ a: { c: 1 }, 'a.b': 'v' }]])(
    'finds attributes.a.b in %j',
    (attributes) => {
      expect(row({ attributes })).toBe('i,x,,v,,\r\n');
    },
  );

  it('has no value for what only a prototype has', () => {
    expect(csvRow({ id: 'i', index: 'x', attributes: {} }, ['attributes.constructor', 'attributes.__proto__.x'])).toBe(
      ',\r\n',
    );
  });

  it('has each column once, the same for every log', () => {
    expect(csvColumns(['message', 'service', 'message'])).toEqual(['id', 'index', 'message', 'service']);
    expect(csvColumns(undefined)).toContain('attributes');
    expect(leavesOf(LOG_MAPPING.properties).filter((path) => !csvColumns(undefined).includes(path))).toEqual([]);
  });
});

/** Paths of the mapping that hold a value of their own; a list of objects is one. */
function leavesOf(properties: object, prefix = ''): string[] {
  return Object.entries(properties as Record<string, { type?: string; properties?: object }>).flatMap(
    ([name, field]) => {
      const path = `${prefix}${name}`;
      if (field.type === 'alias') return [];
      return field.properties && path !== 'anomaly.reasons' ? leavesOf(field.properties, `${path}.`) : [path];
    },
  );
}
