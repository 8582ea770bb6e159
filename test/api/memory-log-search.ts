import { LEVELS, SEVERITIES } from '../../src/domain/record';
import type { Count, LogFilter, LogHit, LogSearch, LogStats, PageRequest } from '../../src/api/ports';
import type { StoredDocument, StoredLog } from './generated-logs';

/** The search port over an array, written as plainly as possible: what the real one is compared with. */
export function createMemoryLogSearch(documents: readonly StoredDocument[]): LogSearch {
  const select = (filter: LogFilter) => documents.filter(({ log }) => matches(log, filter));
  const account = (count: number) => ({
    total: { value: count, relation: 'eq' as const },
    tookMs: 0,
    partial: false,
  });
  const page = (found: StoredDocument[], { page: number, size }: PageRequest) => ({
    ...account(found.length),
    logs: found.slice((number - 1) * size, number * size).map(({ id, index, log }): LogHit => ({ ...log, id, index })),
  });
  return {
    search: async (request) => page(select(request.filter).sort(newestFirst), request),
    anomalies: async (request) => {
      const found = select({ ...request.filter, anomaly: true });
      const sorted = [...found].sort((a, b) => b.log.anomaly.score - a.log.anomaly.score || newestFirst(a, b));
      return {
        ...page(sorted, request),
        bySeverity: tally(
          SEVERITIES,
          found.map(({ log }) => log.anomaly.severity),
        ),
        byRule: top(
          found.flatMap(({ log }) => log.anomaly.reasons.map(({ rule }) => rule)),
          100,
        ).map(({ key, count }) => ({ rule: key, count })),
      };
    },
    stats: async ({ filter, intervalMs = 3_600_000 }) => {
      const found = select(filter).map(({ log }) => log);
      return {
        ...account(found.length),
        ...figures(found),
        histogram: { intervalMs, buckets: buckets(found, filter, intervalMs) },
      };
    },
  };
}

function matches(log: StoredLog, filter: LogFilter): boolean {
  const { status, fromMs = -Infinity, toMs = Infinity } = filter;
  const time = Date.parse(log['@timestamp']);
  const code = log.status_code;
  return (
    (filter.services?.includes(log.service) ?? true) &&
    (filter.levels?.includes(log.level) ?? true) &&
    (filter.severities?.includes(log.anomaly.severity) ?? true) &&
    (filter.anomaly === undefined || log.anomaly.is_anomaly === filter.anomaly) &&
    (filter.requestId === undefined || log.request_id === filter.requestId) &&
    (filter.minScore === undefined || log.anomaly.score >= filter.minScore) &&
    (!status ||
      (code !== undefined && (status.codes.includes(code) || status.classes.includes(Math.floor(code / 100))))) &&
    time >= fromMs &&
    time < toMs &&
    (filter.text === undefined || matchesText(log.message, filter.text))
  );
}

/** Words that must occur, "phrases", and -words that must not. */
function matchesText(message: string, text: string): boolean {
  const words = ` ${message.toLowerCase()} `;
  return [...text.toLowerCase().matchAll(/(-?)(?:"([^"]+)"|(\S+))/g)].every(([, not, phrase, word]) => {
    const found = words.includes(` ${phrase ?? word} `);
    return not ? !found : found;
  });
}

function newestFirst({ log: a }: StoredDocument, { log: b }: StoredDocument): number {
  return (
    Date.parse(b['@timestamp']) - Date.parse(a['@timestamp']) ||
    a.kafka.partition - b.kafka.partition ||
    b.kafka.offset - a.kafka.offset
  );
}

function tally<K extends string>(keys: readonly K[], values: readonly string[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, values.filter((value) => value === key).length])) as Record<
    K,
    number
  >;
}

/** Most frequent first, equal ones by name, as Elasticsearch does it. */
function top(values: readonly (string | undefined)[], size: number): Count[] {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .map(([key, count]) => ({ key, count }))
    .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
    .slice(0, size);
}

function isError(log: StoredLog): boolean {
  return log.level === 'error' || log.level === 'fatal' || (log.status_code ?? 0) >= 500;
}

function figures(found: StoredLog[]): Omit<LogStats, 'total' | 'tookMs' | 'partial' | 'histogram'> {
  const times = found.flatMap((log) => log.response_time_ms ?? []).sort((a, b) => a - b);
  const percentile = (share: number) =>
    times[Math.min(times.length - 1, Math.round(share * (times.length - 1)))] ?? null;
  const classes = found.map(({ status_code: code }) => (code === undefined ? 'none' : `${Math.floor(code / 100)}xx`));
  return {
    levels: tally(
      LEVELS,
      found.map(({ level }) => level),
    ),
    severities: tally(
      SEVERITIES,
      found.map(({ anomaly }) => anomaly.severity),
    ),
    statusClasses: tally(['1xx', '2xx', '3xx', '4xx', '5xx', 'none'], classes),
    services: top(
      found.map(({ service }) => service),
      100,
    ),
    paths: top(
      found.map(({ path }) => path),
      10,
    ),
    errorCodes: top(
      found.map(({ error_code }) => error_code),
      10,
    ),
    anomalies: found.filter(({ anomaly }) => anomaly.is_anomaly).length,
    errors: found.filter(isError).length,
    responseTimeMs: { p50: percentile(0.5), p95: percentile(0.95), p99: percentile(0.99) },
  };
}

function buckets(found: StoredLog[], { fromMs, toMs }: LogFilter, width: number) {
  const times = found.map((log) => Date.parse(log['@timestamp']));
  const first = fromMs ?? Math.min(...times);
  const end = toMs ?? Math.max(...times) + 1;
  const starts: number[] = [];
  for (let start = Math.floor(first / width) * width; start < end; start += width) starts.push(start);
  return starts.map((startMs) => {
    const inside = found.filter((_, index) => times[index]! >= startMs && times[index]! < startMs + width);
    return {
      startMs,
      count: inside.length,
      anomalies: inside.filter(({ anomaly }) => anomaly.is_anomaly).length,
      errors: inside.filter(isError).length,
    };
  });
}
