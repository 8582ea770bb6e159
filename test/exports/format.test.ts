import { JsonText } from '../../src/domain/json-text';
import type { LogHit } from '../../src/api/logs/ports';
import { exportFormat } from '../../src/exports/format';

const text = '{"attributes":{"n":9007199254740993},"message":"a, \\"b\\"","id":"1","index":"logs"}';

test('NDJSON has a log that is text as it is, CSV the cells of its value', () => {
  const log = new JsonText<LogHit>(text);
  expect(exportFormat({ format: 'ndjson', summary: true }).line(log)).toBe(`${text}\n`);
  const csv = exportFormat({ format: 'csv', fields: ['message'], summary: false });
  expect(csv.line(log)).toBe('1,logs,"a, ""b"""\r\n');
  expect(csv.line(log.toJSON())).toBe(csv.line(log));
});

test('a document that was laid out in lines is one line of NDJSON all the same', () => {
  const log = new JsonText<LogHit>('{\r\n  "message": "a",\n  "id": "1", "index": "logs"}');
  expect(exportFormat({ format: 'ndjson', summary: true }).line(log)).toBe('{"message":"a","id":"1","index":"logs"}\n');
});
