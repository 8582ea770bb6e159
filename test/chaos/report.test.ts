import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeResult } from '../../chaos/report/describe-result';
import { renderFaults, renderTable, replaceBetweenMarks } from '../../chaos/report/render-table';
import { appendResult, readResults, type ResultLine } from '../../chaos/report/results-file';

function line(seed: number, change: Partial<ResultLine> = {}): ResultLine {
  return {
    ...{ seed, durationMs: 60_000, workers: 2, sent: 110, unknown: 10, settledMs: 12_345, exits: 0, differences: [] },
    faults: [
      { kind: 'kill worker', worker: 1, planned: 4000, began: 4001, ended: 9000 },
      { kind: 'restart kafka', planned: 8000, began: 8001, ended: 15_000 },
    ],
    counts: { records: 100, documents: 90, letters: 6, filtered: 4, void: 3, duplicate: 7 },
    histories: { runs: 5, longest: 321, largestPayload: 999 },
    ...{ commit: 'abc', at: '2026-11-24T12:00:00.000Z', load: 1 },
    ...change,
  };
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-report-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('results are appended and read back, without a last line that was cut off', () => {
  const file = join(folder, 'deep', 'results.jsonl');
  expect(readResults(file)).toEqual([]);
  appendResult(file, line(1));
  appendResult(file, line(2));
  appendFileSync(file, '{"seed":3,');
  expect(readResults(file)).toEqual([line(1), line(2)]);
});

test('the table has the latest result of each seed, and their sum', () => {
  const lost = line(1, { differences: [{ kind: 'lost', what: 'x' }] });
  const table = renderTable([line(2), lost, line(1), line(10, { error: 'no port' })]);
  expect(table.split('\n').slice(2)).toEqual([
    '| 1 | 2 | 2 | 100 | 90 | 6 | 4 | 3 | 7 | 12 s | 321 | 0 |',
    '| 2 | 2 | 2 | 100 | 90 | 6 | 4 | 3 | 7 | 12 s | 321 | 0 |',
    '| 10 | 2 | 2 | 100 | 90 | 6 | 4 | 3 | 7 | 12 s | 321 | did not end |',
    '',
    '2 of 3 seeds without a difference; 6 faults, 300 records. Commit abc.',
  ]);
  expect(renderFaults([line(1), line(2)])).toBe('kill worker 2, restart kafka 2');
});

test('the table takes the place between the marks of a document', () => {
  const marks = ['<!-- chaos results: begin -->', '<!-- chaos results: end -->'] as const;
  const before = `a\n${marks[0]}\nold\n${marks[1]}\nb\n`;
  const after = replaceBetweenMarks(before, 'new');
  expect(after).toBe(`a\n${marks[0]}\n\nnew\n\n${marks[1]}\nb\n`);
  expect(replaceBetweenMarks(after, 'new')).toBe(after);
  expect(() => replaceBetweenMarks('none', 'new')).toThrow('lacks');
});

test('a result says its seed, its schedule and what differs, not more than a few of a kind', () => {
  const differences = Array.from({ length: 20 }, (_, i) => ({ kind: 'lost' as const, what: `record ${i}` }));
  const text = describeResult(line(7, { differences: [...differences, { kind: 'halted', what: 'partition 1' }] }));
  expect(text).toContain('seed 7');
  expect(text).toContain('4.0 s to 9.0 s kill worker (worker 1)\n');
  expect(text).toContain('8.0 s to 15.0 s restart kafka\n');
  expect(text).toContain('21 differences');
  expect(text.match(/lost: record/g)).toHaveLength(8);
  expect(text).toContain('lost: and 12 more\n  halted: partition 1');
});
