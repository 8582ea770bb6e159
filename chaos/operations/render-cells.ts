import type { Cell } from './cell';
import { WAYS } from './ways';

/** The matrix as a Markdown table: a row an operation, a column a way. Pure. */
export function renderCells(cells: readonly Cell[]): string {
  const names = [...new Set(cells.map(({ operation }) => operation))];
  const rows = names.map((name) => {
    const ofName = cells.filter(({ operation }) => operation === name);
    const columns = WAYS.map((way) => {
      const cell = ofName.find((one) => one.way === way);
      if (!cell) return '-';
      return cell.error === undefined ? `${Math.round(cell.tookMs / 1000)} s` : `failed: ${cell.error}`;
    });
    return [`\`${name}\``, ...columns, ofName.find(({ seen }) => seen !== undefined)?.seen ?? '-'];
  });
  const heads = ['Operation', ...WAYS, 'Seen'];
  return [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
