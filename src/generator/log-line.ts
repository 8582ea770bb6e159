import type { Level } from '../domain/record';
import { normalDraws, type Random } from './random';
import { PROFILES, type Service } from './services';
import type { Failure } from './services/profile';

/** A text around an id, or (after undefined) without one; each part ready to stand inside a JSON string. */
export interface Template {
  before: string;
  after: string | undefined;
}

/** A hop of a journey, compiled: everything about its logs that does not change from one log to the next. */
export interface HopLines {
  service: Service;
  /** Status of a success. */
  status: number;
  /** Response times to draw from when all is well, in milliseconds. */
  timesMs: Float64Array;
  messages: readonly Template[];
  details: readonly Template[];
  path: Template;
  /** JSON between the timestamp and the level, and between the path and the response time. */
  head: string;
  method: string;
  /** JSON arrays of tags. */
  tags: readonly string[];
}

/** The parts of a log that do change. */
export interface LogParts {
  timestamp: string;
  level: Level;
  message: Template;
  /** Stands in message and path. */
  entity: number;
  requestId: string;
  userId: string;
  status: number;
  responseTimeMs: number;
  errorCode: string | undefined;
  tags: string;
}

/** Size of the pool of response times of one endpoint; a power of two, so that an index is a mask. */
export const TIMES = 1024;
const TAG_POOL = 16;
const REGIONS = ['eu-central-1', 'eu-west-1', 'us-east-1'] as const;

/** Splits a text at `{}` and escapes it for JSON. */
export function compileTemplate(text: string): Template {
  const [before = '', after] = text.split('{}').map((part) => JSON.stringify(part).slice(1, -1));
  return { before, after };
}

/** Compiles every endpoint, keyed `service/endpoint`. The pools depend on nothing but `random`. */
export function compileHops(random: Random): Map<string, HopLines> {
  const compiled = new Map<string, HopLines>();
  for (const [name, profile] of Object.entries(PROFILES)) {
    const tags = tagPool(random);
    const details = profile.details.map(compileTemplate);
    for (const [endpoint, { method, path, status, medianMs, messages }] of Object.entries(profile.endpoints)) {
      compiled.set(`${name}/${endpoint}`, {
        service: name as Service,
        status,
        timesMs: Float64Array.from(normalDraws(random, TIMES), (draw) => medianMs * Math.exp(profile.sigma * draw)),
        messages: messages.map(compileTemplate),
        details,
        path: compileTemplate(path),
        head: `","service":${JSON.stringify(name)},"level":"`,
        method: `","method":"${method}","response_time_ms":`,
        tags,
      });
    }
  }
  return compiled;
}

/** The message of every failure, compiled. */
export function compileFailures(failures: readonly Failure[]): Map<Failure, Template> {
  return new Map(failures.map((failure) => [failure, compileTemplate(failure.message)]));
}

/** One log as JSON. Concatenation instead of JSON.stringify: about a third of its cost. */
export function writeLine(hop: HopLines, log: LogParts): string {
  const error = log.errorCode === undefined ? '' : `,"error_code":"${log.errorCode}"`;
  return (
    `{"timestamp":"${log.timestamp}${hop.head}${log.level}` +
    `","message":"${fill(log.message, log.entity)}` +
    `","request_id":"${log.requestId}","status_code":${log.status},"user_id":"${log.userId}` +
    `","path":"${fill(hop.path, log.entity)}` +
    `${hop.method}${log.responseTimeMs}${error},"tags":${log.tags}}`
  );
}

function fill(template: Template, entity: number): string {
  return template.after === undefined ? template.before : template.before + entity + template.after;
}

function tagPool(random: Random): string[] {
  return Array.from({ length: TAG_POOL }, () => {
    const region = REGIONS[random() % REGIONS.length]!;
    const version = `version:2.${random() % 4}.${random() % 10}`;
    return JSON.stringify(['env:prod', `region:${region}`, version, `host:node-${random() % 12}`]);
  });
}
