import { MAX_HOPS } from './journeys';
import { TIMES, writeLine } from './log-line';
import { callOutcome, upstreamOutcome } from './outcome';
import { createRandom } from './random';
import { createRequests, type Request } from './requests';
import { activeScenario, type ScenarioPlan } from './scenarios';

export interface LogStreamOptions {
  /** 0 to 2^32 - 1. */
  seed: number;
  /** Time of the first log, whole milliseconds since the epoch. */
  startTime: number;
  /** Logs per second, outside traffic surges; 0 packs them as densely as NOMINAL_RATE. */
  rate: number;
  plan: ScenarioPlan;
}

export interface GeneratedLog {
  /** The request id: one request's logs share a partition, in order; and as ids spread evenly, so do the logs. */
  key: string;
  /** JSON. */
  value: string;
  /** The log's own time, milliseconds since the epoch. */
  timestamp: number;
}

/** An endless stream of logs in the order of their times. The same options and calls give the same bytes. */
export interface LogStream {
  /** When the next log is due, in milliseconds after the first. */
  readonly positionMs: number;
  next(): GeneratedLog;
  /** Leaves out the logs before a time, for a sender that was held up. A skip over a second cuts off requests under way. */
  skipTo(positionMs: number): void;
}

/** Density of a stream without a rate: denser than any process can send, so its time lags, and is moved on by skips. */
export const NOMINAL_RATE = 1_000_000;

/** As many requests are under way as logs are written within this time, up to a limit. */
const UNDER_WAY_MS = 50;
const MAX_UNDER_WAY = 2500;
const LONG_SKIP_MS = 1000;

/** Creates the stream. Pure: it knows no clock, and no randomness but its seed. */
export function createLogStream({ seed, startTime, rate, plan }: LogStreamOptions): LogStream {
  const spacingMs = 1000 / (rate || NOMINAL_RATE);
  const random = createRandom(seed);
  const requests = Math.max(1, Math.min(Math.round(UNDER_WAY_MS / spacingMs), MAX_UNDER_WAY));
  const underWay = new Array<Request | undefined>(requests).fill(undefined);
  const longestMs = MAX_HOPS * Math.max(UNDER_WAY_MS, requests * spacingMs);
  const startRequest = createRequests({ seed, startTime, plan, longestMs, random });
  const iso = isoTimes();
  let cursor = 0;
  let positionMs = 0;

  function writeNext(request: Request, timestamp: string): string {
    const { scenario } = request;
    const hop = request.hops[request.done++]!;
    // Always the same count of draws: a scenario changes the logs of its services and shifts nothing else.
    const draws = { level: random(), choice: random(), incident: random() };
    const pools = random();

    const answersCaller = hop.service === 'api-gateway';
    const outcome =
      answersCaller && request.failure ? upstreamOutcome(request.failure) : callOutcome(hop, draws, scenario);
    const { failure } = outcome;
    const slower = scenario?.kind === 'latency_spike' && scenario.struck.includes(hop.service) ? scenario.factor : 1;
    const ownMs = hop.timesMs[pools % TIMES]! * slower + (answersCaller ? 0 : (failure?.atLeastMs ?? 0));
    const responseTimeMs = Math.max(1, Math.round(ownMs + (answersCaller ? request.slowestMs : 0)));

    request.slowestMs = Math.max(request.slowestMs, responseTimeMs);
    if (failure && failure.status > (request.failure?.status ?? 0)) request.failure = failure;
    return writeLine(hop, {
      timestamp,
      level: outcome.level,
      message: outcome.message,
      entity: request.entity,
      requestId: request.id,
      userId: request.userId,
      status: failure?.status ?? hop.status,
      responseTimeMs,
      errorCode: failure?.code,
      tags: hop.tags[(pools >>> 16) % hop.tags.length]!,
    });
  }

  return {
    get positionMs() {
      return positionMs;
    },
    next() {
      const request = (underWay[cursor] ??= startRequest(positionMs));
      const timestamp = startTime + Math.floor(positionMs);
      const value = writeNext(request, iso(timestamp));
      if (request.done === request.hops.length) underWay[cursor] = undefined;
      cursor = (cursor + 1) % underWay.length;
      const scenario = activeScenario(plan, positionMs);
      positionMs += scenario?.kind === 'traffic_surge' ? spacingMs / scenario.factor : spacingMs;
      return { key: request.id, value, timestamp };
    },
    skipTo(toMs) {
      if (toMs - positionMs > LONG_SKIP_MS) underWay.fill(undefined);
      positionMs = Math.max(positionMs, toMs);
    },
  };
}

/** `count` logs of a stream, for tests and benchmarks that want data without a broker. */
export function* generateLogs(options: LogStreamOptions & { count: number }): Generator<GeneratedLog, void, undefined> {
  const stream = createLogStream(options);
  for (let i = 0; i < options.count; i++) yield stream.next();
}

/** ISO 8601 in UTC with milliseconds; many logs share one, so the last is remembered. */
function isoTimes(): (time: number) => string {
  let lastTime = NaN;
  let lastText = '';
  return (time) => {
    if (time !== lastTime) {
      lastTime = time;
      lastText = new Date(time).toISOString();
    }
    return lastText;
  };
}
