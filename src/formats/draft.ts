import type { Level, LogRecord } from '../domain/record';
import { define } from './define';
import { readLevel, type LevelScale } from './levels';
import { readIsoTime, readTime, SUSPECT_FUTURE_MS, SUSPECT_PAST_MS } from './times';

/** The service of a record that names none, nor anything that stands in for one. OpenTelemetry's word for it. */
export const UNKNOWN_SERVICE = 'unknown_service';
const MAX_SERVICE_LENGTH = 512;
const PARENT = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}(?:-|$)/;

/** Whether the document tells a value, if in other words or under another name. */
export type Told = (draft: Draft, value: unknown) => boolean;

/** A document in the making. */
export class Draft {
  readonly fields: Record<string, string | number | undefined> = {};
  /** Fields whose value stands nowhere else. */
  readonly moved: string[] = [];
  attributes: Record<string, unknown> | undefined;
  level: Level | undefined;
  time: number | undefined;
  /** The line as it came, where the fields do not tell it. */
  original: string | undefined;
  tags: string[] | undefined;
  /** What the time and the level were read from. */
  timeFrom: unknown;
  levelFrom: unknown;
  /** True where `original` has every value of the record, so that none of them is kept as it came. */
  originalTells = false;
  #asItCame: Record<string, unknown> | undefined;
  #told: { path: string; told: Told }[] = [];
  #service: string | undefined;
  #rank = Infinity;
  /** Of `time`, where it came written so. */
  #isoTime: string | undefined;

  constructor(
    /** The format that was recognised. */
    public format: string,
    /** Milliseconds since the epoch: stands in for a time that is missing. */
    readonly kafkaTime: number,
  ) {}

  get service(): string | undefined {
    return this.#service;
  }

  /**
   * Keeps a value that the document tells in other words or under another name, as long as `told` says so: what comes later may
   * displace it yet.
   *
   * @param path dotted, in the record
   * @returns false when another value has the path: a dotted name, and nested ones that read the same
   */
  keepAsItCame(path: string, value: unknown, told: Told): boolean {
    this.#asItCame ??= {};
    if (Object.hasOwn(this.#asItCame, path)) return false;
    define(this.#asItCame, path, value);
    this.#told.push({ path, told });
    return true;
  }

  /** Names the service, unless something of a lower rank did. @returns whether it is taken now */
  setService(name: unknown, rank: number): boolean {
    if (
      typeof name !== 'string' ||
      name === '' ||
      name.startsWith('\0') ||
      name.length > MAX_SERVICE_LENGTH ||
      rank >= this.#rank
    )
      return false;
    this.#service = name;
    this.#rank = rank;
    return true;
  }

  setTime(value: unknown): boolean {
    if (this.time !== undefined) return false;
    this.timeFrom = value;
    this.time = readIsoTime(value);
    if (this.time !== undefined) {
      this.#isoTime = value as string;
      return true;
    }
    this.time = readTime(value, this.kafkaTime);
    if (this.time === undefined) this.timeFrom = undefined;
    return false;
  }

  setLevel(value: unknown, scale: LevelScale): boolean {
    if (this.level !== undefined) return false;
    this.level = readLevel(value, scale);
    if (this.level !== undefined) this.levelFrom = value;
    return this.level !== undefined && value === this.level;
  }

  /** Trace and span of a W3C `traceparent`. Zeros only are none. */
  setTraceParent(value: unknown): void {
    const [, trace, span] = typeof value === 'string' ? (PARENT.exec(value) ?? []) : [];
    if (trace === undefined || span === undefined || /^0+$/.test(trace) || /^0+$/.test(span)) return;
    this.fields['trace.id'] ??= trace;
    this.fields['span.id'] ??= span;
  }

  /** What is missing has its default: the level is info, the message empty. */
  finish(): LogRecord {
    const { fields, kafkaTime } = this;
    const asItCame = this.#finallyTold();
    const time = this.time ?? kafkaTime;
    const record: Record<string, unknown> = {
      '@timestamp': this.#isoTime ?? new Date(time).toISOString(),
      service: this.#service ?? UNKNOWN_SERVICE,
      level: this.level ?? 'info',
      message: fields['message'] ?? fields['error.message'] ?? '',
    };
    for (const path in fields) {
      const value = fields[path];
      if (path === 'message' || value === undefined) continue;
      put(record, path, value);
    }
    if (this.tags) record['tags'] = this.tags;
    if (this.attributes) record['attributes'] = this.attributes;
    const event: NonNullable<LogRecord['event']> = { format: this.format };
    if (this.time === undefined) event.time_source = 'kafka';
    if (time < kafkaTime - SUSPECT_PAST_MS || time > kafkaTime + SUSPECT_FUTURE_MS) event.time_suspect = true;
    if (this.original !== undefined) event.original = this.original;
    if (asItCame) event.fields = asItCame;
    record['event'] = event;
    return record as unknown as LogRecord;
  }

  /** What is kept as it came; a value that was displaced meanwhile becomes an attribute again. */
  #finallyTold(): Record<string, unknown> | undefined {
    const kept = this.#asItCame;
    if (!kept) return undefined;
    for (const { path, told } of this.#told) {
      if (told(this, kept[path]) || Object.hasOwn((this.attributes ??= {}), path)) continue;
      define(this.attributes, path, kept[path]);
      delete kept[path];
    }
    return this.originalTells || Object.keys(kept).length === 0 ? undefined : kept;
  }
}

/** Names of the paths of {@link LogRecord} that have been met: few, and taken apart once. */
const NAMES = new Map<string, string[]>();

/** Paths never clash, and none is `__proto__`. */
function put(record: Record<string, unknown>, path: string, value: unknown): void {
  let names = NAMES.get(path);
  if (!names) NAMES.set(path, (names = path.split('.')));
  let inside = record;
  for (let at = 0; at < names.length - 1; at += 1) {
    inside = (inside[names[at]!] ??= {}) as Record<string, unknown>;
  }
  inside[names[names.length - 1]!] = value;
}
