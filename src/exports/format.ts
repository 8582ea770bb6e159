import type { LogHit } from '../api/logs/ports';
import { JsonText, parsed } from '../domain/json-text';
import { csvColumns, csvHead, csvRow } from './csv';
import type { ExportAccount } from './account';

/** How an export is written. */
export interface ExportFormat {
  contentType: string;
  /** Of the file's name. */
  extension: string;
  /** What stands before the first log. */
  head: string;
  /** One log, its line break included. */
  line: (log: LogHit | JsonText<LogHit>) => string;
  /** What stands behind the last log; not part of the checksum. */
  foot: (account: ExportAccount) => string;
}

interface Wanted {
  format: 'ndjson' | 'csv';
  fields?: readonly string[] | undefined;
  /** Whether NDJSON ends with a line about itself. CSV never does: it would be a row among rows. */
  summary: boolean;
}

export function exportFormat({ format, fields, summary }: Wanted): ExportFormat {
  if (format === 'csv') {
    const columns = csvColumns(fields);
    return {
      contentType: 'text/csv; charset=utf-8; header=present',
      ...{ extension: 'csv', head: csvHead(columns) },
      line: (log) => csvRow(parsed(log), columns),
      foot: () => '',
    };
  }
  return {
    contentType: 'application/x-ndjson; charset=utf-8',
    ...{ extension: 'ndjson', head: '' },
    line: (log) => `${log instanceof JsonText && isOneLine(log) ? log.text : JSON.stringify(log)}\n`,
    foot: (account) => (summary ? `${JSON.stringify({ sluice_export: account })}\n` : ''),
  };
}

/** The pipeline writes no other; whoever put a document into an index by hand may have. */
function isOneLine({ text }: JsonText): boolean {
  return !text.includes('\n') && !text.includes('\r');
}
