import type * as ports from '../../src/api/logs/ports';
import { allOf } from '../../src/api/query/expression';
import { parseDocumentId } from '../../src/domain/ids';
import { SEVERITIES } from '../../src/domain/record';
import type { StoredDocument, StoredLog } from './generated-logs';
import { matches, valuesOf } from './matches';
import { figures, histogram, tally, top } from './memory-figures';

/** The search port over an array, written as plainly as possible: what the real one is compared with. */
export function createMemoryLogSearch(documents: readonly StoredDocument[]): ports.LogSearch {
  const select = (filter: ports.LogFilter) => documents.filter(({ log }) => selected(log, filter));
  const logsOf = (filter: ports.LogFilter) => select(filter).map(({ log }) => log);
  const page = (found: StoredDocument[], request: ports.PageRequest): ports.LogPage => {
    const { size, page: number, position, fields } = request;
    const start = number === undefined ? Number(position?.after[0] ?? 0) : (number - 1) * size;
    const logs = found.slice(start, start + size).map((one) => toHit(one, fields));
    const goesOn = number === undefined && logs.length === size;
    const next = goesOn ? { view: 'array', after: [start + size], total: found.length } : undefined;
    return { ...account(found.length), logs, next };
  };
  return {
    search: async (request) => page(select(request.filter).sort(orderOf(request.sort)), request),
    scan: ({ filter, sort, fields }) => {
      const found = select(filter).sort(orderOf(sort));
      let at = 0;
      return {
        next: async (size) => {
          const logs = found.slice(at, (at += size)).map((one) => toHit(one, fields));
          return { logs, total: found.length };
        },
        close: () => undefined,
      };
    },
    anomalies: async (request) => {
      const only = { kind: 'equals', field: 'anomaly.is_anomaly', values: [true] } as const;
      const found = select({ ...request.filter, where: allOf([only, request.filter.where]) });
      const sorted = [...found].sort(orderOf(request.sort ?? { by: 'score', descending: true }));
      const logs = found.map(({ log }) => log);
      return {
        ...page(sorted, request),
        bySeverity: tally(
          SEVERITIES,
          logs.map(({ anomaly }) => anomaly.severity),
        ),
        byRule: top(logs, 'anomaly.reasons.rule', 100).map(({ key, count }) => ({ rule: key, count })),
        ...(request.group ? { groups: groupsOf(found, request.group) } : {}),
      };
    },
    get: async (id, fields) => {
      const found = documents.find((one) => one.id === id);
      return found && toHit(found, fields);
    },
    context: async (request) => contextOf(documents, request),
    summary: async (filter) => summaryOf(logsOf(filter)),
    stats: async (request) => {
      const found = logsOf(request.filter);
      const { intervalMs = 3_600_000 } = request;
      const { buckets } = histogram(found, { ...request, interval: { ms: intervalMs }, timeZone: 'UTC' });
      return { ...account(found.length), ...figures(found), histogram: { intervalMs, buckets } };
    },
    histogram: async (request) => {
      const found = logsOf(request.filter);
      return { ...account(found.length), ...histogram(found, request) };
    },
    facets: async ({ filter, fields, size }) => {
      const found = logsOf(filter);
      const facets = fields.map((field): [string, ports.Facet] => {
        const all = top(found, field, Infinity);
        const rest = all.slice(size).reduce((sum, { count }) => sum + count, 0);
        const missing = found.filter((log) => valuesOf(log, field).length === 0).length;
        return [field, { values: all.slice(0, size), other: rest, missing, error: 0 }];
      });
      return { ...account(found.length), facets: Object.fromEntries(facets) };
    },
  };
}

function account(count: number): ports.SearchAccount {
  return { total: { value: count, relation: 'eq' }, tookMs: 0, partial: false };
}

/** Whether a filter selects a log. */
export function selected(log: StoredLog, { where, fromMs = -Infinity, toMs = Infinity }: ports.LogFilter): boolean {
  const time = Date.parse(log['@timestamp']);
  return time >= fromMs && time < toMs && matches(log, where);
}

export function toHit({ id, index, log }: StoredDocument, fields?: readonly string[]): ports.LogHit {
  if (!fields) return { ...log, id, index };
  const shown: ports.LogHit = { id, index };
  for (const field of fields) {
    const names = field.split('.');
    let from: unknown = log;
    for (const name of names) from = (from as Record<string, unknown> | undefined)?.[name];
    if (from === undefined) continue;
    let to: Record<string, unknown> = shown;
    for (const name of names.slice(0, -1)) to = (to[name] ??= {}) as Record<string, unknown>;
    to[names.at(-1)!] = from;
  }
  return shown;
}

type Order = (a: StoredDocument, b: StoredDocument) => number;

const newestFirst: Order = ({ log: a }, { log: b }) =>
  Date.parse(b['@timestamp']) - Date.parse(a['@timestamp']) ||
  a.kafka.partition - b.kafka.partition ||
  b.kafka.offset - a.kafka.offset;

const oldestFirst: Order = ({ log: a }, { log: b }) =>
  Date.parse(a['@timestamp']) - Date.parse(b['@timestamp']) ||
  a.kafka.partition - b.kafka.partition ||
  a.kafka.offset - b.kafka.offset;

function orderOf({ by, descending }: ports.LogSort = { by: 'time', descending: true }): Order {
  if (by === 'time') return descending ? newestFirst : oldestFirst;
  const value = ({ log }: StoredDocument) => (by === 'score' ? log.anomaly.score : log[by]);
  return (a, b) => {
    const [one, other] = [value(a), value(b)];
    if (one === other) return newestFirst(a, b);
    if (one === undefined || other === undefined) return one === undefined ? 1 : -1;
    return descending ? other - one : one - other;
  };
}

function groupsOf(found: StoredDocument[], group: ports.AnomalyGroup) {
  const field = { severity: 'anomaly.severity', rule: 'anomaly.reasons.rule' }[group as string] ?? group;
  return top(
    found.map(({ log }) => log),
    field,
    50,
  ).map(({ key, count }) => {
    const members = found.filter(({ log }) => valuesOf(log, field).includes(key));
    const times = members.map(({ log }) => Date.parse(log['@timestamp']));
    const [example] = members.sort(orderOf({ by: 'score', descending: true }));
    return {
      ...{ key, count, maxScore: example!.log.anomaly.score },
      ...{ firstMs: Math.min(...times), lastMs: Math.max(...times), example: toHit(example!) },
    };
  });
}

function contextOf(documents: readonly StoredDocument[], request: ports.ContextRequest): ports.LogContext {
  const { anchor, by, before, after, fields } = request;
  const place = ({ id, log }: StoredDocument) => {
    const { partition, offset, part = 0 } = parseDocumentId(id)!;
    return by.includes('partition') ? [offset, part] : [Date.parse(log.kafka.timestamp), partition, offset, part];
  };
  const compare = (a: number[], b: number[]) => a.map((value, index) => value - b[index]!).find((d) => d !== 0) ?? 0;
  const same = ({ id, log }: StoredDocument) =>
    by.every((shared) => {
      if (shared === 'partition') return id.slice(0, 8) === anchor.id.slice(0, 8);
      return shared === 'service' ? log.service === anchor['service'] : log.request_id === anchor['request_id'];
    });
  const line = documents.filter(same).sort((a, b) => compare(place(a), place(b)));
  const at = line.findIndex(({ id }) => id === anchor.id);
  return {
    ...{ tookMs: 0, partial: false, moreBefore: at > before, moreAfter: line.length - 1 - at > after },
    before: line.slice(Math.max(0, at - before), at).map((one) => toHit(one, fields)),
    after: line.slice(at + 1, at + 1 + after).map((one) => toHit(one, fields)),
  };
}

function summaryOf(found: StoredLog[]): ports.RequestSummary {
  const span = (logs: StoredLog[]) => {
    const times = logs.map((log) => Date.parse(log['@timestamp']));
    return { firstMs: Math.min(...times), lastMs: Math.max(...times), errors: figures(logs).errors };
  };
  const services = [...new Set(found.map(({ service }) => service))].map((service) => {
    const own = found.filter((log) => log.service === service);
    return { service, count: own.length, ...span(own) };
  });
  services.sort((a, b) => a.firstMs - b.firstMs || (a.service < b.service ? -1 : 1));
  const all = found.length === 0 ? { firstMs: null, lastMs: null, errors: 0 } : span(found);
  const maxScore = found.length === 0 ? null : Math.max(...found.map(({ anomaly }) => anomaly.score));
  return { ...all, anomalies: figures(found).anomalies, maxScore, services };
}
