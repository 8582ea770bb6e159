import type { Level, Severity } from '../../domain/record';
import type { JsonText } from '../../domain/json-text';
import type { Expression } from '../query/expression';

/** What a query selects. */
export interface LogFilter {
  where: Expression;
  /** The log's own time: milliseconds since the epoch, inclusive. */
  fromMs?: number | undefined;
  /** Milliseconds since the epoch, exclusive. */
  toMs?: number | undefined;
}

/** What results can be ordered by. Equals follow by time, newest first, then partition, then newest offset. */
export interface LogSort {
  by: 'time' | 'score' | 'response_time_ms' | 'status_code';
  descending: boolean;
}

/** Where a page ended, and the next one begins. */
export interface Position {
  /** The frozen view of the indices; absent after a first page without one, and when it could not be had. */
  view?: string | undefined;
  /** Sort values of the last record. */
  after: readonly (string | number)[];
  /** How many records matched. */
  total: number;
}

export interface PageRequest {
  filter: LogFilter;
  size: number;
  sort?: LogSort;
  /** A numbered page, from 1: without a view, so records that come in between shift it. */
  page?: number | undefined;
  /** The page after this one, in its view, or in one that is opened now. */
  position?: Position | undefined;
  /** Whether the first page already is one of a view. */
  freeze?: boolean | undefined;
  /** Paths of the fields to bring; all when absent. */
  fields?: readonly string[] | undefined;
  /** Whether to show where the message matches. */
  highlight?: boolean | undefined;
}

/** A stored document with its id and index. */
export interface LogHit {
  id: string;
  index: string;
  [field: string]: unknown;
}

/** What every answer of the search says about itself. */
export interface SearchAccount {
  /** `gte` when the count is only a lower bound, because a shard failed or the time ran out. */
  total: { value: number; relation: 'eq' | 'gte' };
  tookMs: number;
  /** True when not every shard answered in time. */
  partial: boolean;
}

export interface LogPage extends SearchAccount {
  /** As text where nobody had to look into them. */
  logs: LogHit[] | JsonText<LogHit[]>;
  /** Absent after the last page, on numbered pages, and when the page is partial. */
  next?: Position | undefined;
}

/** `expired`: the view of the position is gone, and with it the place to go on from. */
export type Paged<Page> = Page | 'expired';

export type AnomalyGroup = 'severity' | 'rule' | 'service' | 'path' | 'error_code';

export interface AnomalyRequest extends PageRequest {
  group?: AnomalyGroup | undefined;
}

export interface AnomalyPage extends LogPage {
  bySeverity: Record<Severity, number>;
  /** Most frequent first. */
  byRule: { rule: string; count: number }[];
  /** When asked for, most frequent first; the example is the record with the highest score, of those the newest. */
  groups?: { key: string; count: number; maxScore: number; firstMs: number; lastMs: number; example: LogHit }[];
}

export interface Count {
  key: string;
  count: number;
}

export interface HistogramBucket {
  /** Start of the bucket, milliseconds since the epoch. */
  startMs: number;
  count: number;
  anomalies: number;
  errors: number;
}

export interface LogStats extends SearchAccount {
  levels: Record<Level, number>;
  severities: Record<Severity, number>;
  /** `1xx` to `5xx`; `none` for records without a status code. */
  statusClasses: Record<string, number>;
  services: Count[];
  paths: Count[];
  errorCodes: Count[];
  users: Count[];
  anomalies: number;
  /** Records of level error or fatal, or with a status code of 500 and above. */
  errors: number;
  /** Null when no record has a response time. */
  responseTimeMs: Record<'p50' | 'p90' | 'p95' | 'p99' | 'avg' | 'max', number | null>;
  /** Without gaps, oldest first. */
  histogram: { intervalMs: number; buckets: HistogramBucket[] };
}

export interface StatsRequest {
  filter: LogFilter;
  /** Where a histogram with a start and no end stops, unless a newer record goes further. */
  nowMs: number;
  /** Width of a histogram bucket; chosen to fit when absent. */
  intervalMs?: number | undefined;
}

/** Width of a bucket: of fixed length, or as the calendar of the time zone has it. */
export type Interval = { ms: number } | { calendar: 'day' | 'week' | 'month' };

export type Split = 'level' | 'severity' | 'service';

export interface HistogramRequest {
  filter: LogFilter;
  nowMs: number;
  /** Chosen to fit when absent. */
  interval?: Interval | undefined;
  /** Name of the IANA database, or an offset such as +02:00. */
  timeZone: string;
  split?: Split | undefined;
}

export interface SplitBucket extends HistogramBucket {
  /** The same for every bucket; services beyond the ten most frequent are left out. */
  by?: Record<string, number>;
}

export interface LogHistogram extends SearchAccount {
  interval: Interval;
  /** Without gaps, oldest first. */
  buckets: SplitBucket[];
}

export interface Facet {
  values: Count[];
  /** Records whose value is not among the values shown. */
  other: number;
  /** Records without the field. */
  missing: number;
  /** How far a count may be too low. */
  error: number;
}

/** One request over all services. */
export interface RequestSummary {
  firstMs: number | null;
  lastMs: number | null;
  errors: number;
  anomalies: number;
  maxScore: number | null;
  /** In the order in which they first logged. */
  services: { service: string; count: number; errors: number; firstMs: number; lastMs: number }[];
}

/** Which records stand around another: those that share all of these with it. */
export type Neighbourhood = readonly ('partition' | 'service' | 'request')[];

export interface ContextRequest {
  anchor: LogHit;
  by: Neighbourhood;
  before: number;
  after: number;
  fields?: readonly string[] | undefined;
}

export interface LogContext {
  tookMs: number;
  partial: boolean;
  /** Oldest first, like `after`. */
  before: LogHit[] | JsonText<LogHit[]>;
  after: LogHit[] | JsonText<LogHit[]>;
  moreBefore: boolean;
  moreAfter: boolean;
}

export interface ScanRequest {
  filter: LogFilter;
  sort?: LogSort | undefined;
  /** Paths of the fields to bring; all when absent. */
  fields?: readonly string[] | undefined;
}

export interface ScanPage {
  logs: (LogHit | JsonText<LogHit>)[];
  /** How many logs the scan has in all. */
  total: number;
}

/**
 * Goes through all logs that match at its first page, each once, whatever comes in: it has a frozen view of its own until
 * it is closed, or five minutes after its last page.
 */
export interface LogScan {
  /**
   * The next page; a shorter one than asked for is the last.
   *
   * @throws PipelineError as {@link LogSearch}, also when a single shard does not answer: a page is whole or there is none
   */
  next(size: number): Promise<ScanPage>;
  /** Gives the view up; never throws. */
  close(): void;
}

/**
 * Searches the stored logs. Each call ends when `signal` aborts.
 *
 * @throws PipelineError elasticsearch_unavailable, elasticsearch_throttled or elasticsearch_denied
 */
export interface LogSearch {
  /** Newest first unless sorted otherwise. @throws RangeError when the page is too large to be held, as `anomalies` and `context` */
  search(request: PageRequest, signal?: AbortSignal): Promise<Paged<LogPage>>;
  /** All logs of a filter; newest first unless sorted otherwise. Nothing is asked before the first page. */
  scan(request: ScanRequest, signal?: AbortSignal): LogScan;
  /** Anomalies only, highest score first unless sorted otherwise. */
  anomalies(request: AnomalyRequest, signal?: AbortSignal): Promise<Paged<AnomalyPage>>;
  /** By document id; undefined when it cannot be found, or not yet. */
  get(id: string, fields?: readonly string[], signal?: AbortSignal): Promise<LogHit | JsonText<LogHit> | undefined>;
  /** By partition in the order of offsets; else by Kafka time, then partition and offset, over all partitions. */
  context(request: ContextRequest, signal?: AbortSignal): Promise<LogContext>;
  summary(filter: LogFilter, signal?: AbortSignal): Promise<RequestSummary>;
  /** @throws RangeError when `intervalMs` cuts the time range into too many buckets. */
  stats(request: StatsRequest, signal?: AbortSignal): Promise<LogStats>;
  /** @throws RangeError as `stats` */
  histogram(request: HistogramRequest, signal?: AbortSignal): Promise<LogHistogram>;
  /** The most frequent values of each field, by its path. */
  facets(
    request: { filter: LogFilter; fields: readonly string[]; size: number },
    signal?: AbortSignal,
  ): Promise<SearchAccount & { facets: Record<string, Facet> }>;
}
