import type { ResultLine } from './results-file';

const COLUMNS = [
  'Seed',
  'Workers',
  'Faults',
  'Records',
  'Documents',
  'Dead letters',
  'Filtered',
  'Void',
  'Met again',
  'Settled after',
  'Longest history',
  'Differences',
] as const;

/** The latest result of each seed as a Markdown table, with a sum under it. Pure. */
export function renderTable(results: readonly ResultLine[]): string {
  const latest = [...new Map(results.map((result) => [result.seed, result])).values()].sort((a, b) => a.seed - b.seed);
  const rows = latest.map((result) => {
    const { counts, histories, faults } = result;
    return [
      ...[result.seed, result.workers, faults.length, counts.records, counts.documents, counts.letters],
      ...[counts.filtered, counts.void, counts.duplicate, `${Math.round(result.settledMs / 1000)} s`],
      ...[histories.longest, result.error ? 'did not end' : result.differences.length],
    ];
  });
  const sum = (of: (result: ResultLine) => number) => latest.reduce((total, result) => total + of(result), 0);
  const passed = latest.filter((result) => !result.error && result.differences.length === 0).length;
  const lines = [COLUMNS, COLUMNS.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const commits = [...new Set(latest.map(({ commit }) => commit))].join(', ');
  return [
    ...lines,
    '',
    `${passed} of ${latest.length} seeds without a difference; ${sum((r) => r.faults.length)} faults, ` +
      `${sum((r) => r.counts.records)} records. Commit ${commits}.`,
  ].join('\n');
}

/** How often each kind of fault was brought about. Pure. */
export function renderFaults(results: readonly ResultLine[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of results.flatMap(({ faults }) => faults)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');
}

const BEGIN = '<!-- chaos results: begin -->';
const END = '<!-- chaos results: end -->';

/**
 * A document with the text between its two marks replaced.
 *
 * @throws Error when a mark is missing
 */
export function replaceBetweenMarks(document: string, text: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the document lacks ${BEGIN} and ${END}`);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${document.slice(end)}`;
}
