import { oneLine, type Paint, type Terminal } from '../terminal';

/** What of a log a line shows; anything else may be there or not. */
export interface TailLog {
  '@timestamp'?: string;
  level?: string;
  service?: string;
  message?: string;
  status_code?: number;
  request_id?: string;
  anomaly?: { is_anomaly?: boolean; score?: number };
}

const WIDEST_LEVEL = 5;

/** A log on one line: time, level, service, message, and what else tells much. Nothing of it steers the terminal. */
export function logLine(log: TailLog, { colours }: Pick<Terminal, 'colours'>): string {
  const { level = '-', service = '-', message = '', status_code: status, request_id: request, anomaly } = log;
  const rest = [
    ...(status === undefined ? [] : [`status_code=${status}`]),
    ...(request === undefined ? [] : [`request_id=${request}`]),
  ];
  return [
    colours.dim(oneLine(log['@timestamp'] ?? '-')),
    paintOf(level, colours)(oneLine(level).padEnd(WIDEST_LEVEL)),
    colours.bold(oneLine(service)),
    oneLine(message),
    ...(rest.length > 0 ? [colours.dim(oneLine(rest.join(' ')))] : []),
    ...(anomaly?.is_anomaly ? [colours.bad(`anomaly ${anomaly.score ?? ''}`.trim())] : []),
  ].join(' ');
}

function paintOf(level: string, { bad, warn, dim }: Terminal['colours']): Paint {
  if (level === 'error' || level === 'fatal') return bad;
  if (level === 'warn') return warn;
  return level === 'debug' || level === 'trace' ? dim : (text) => text;
}
