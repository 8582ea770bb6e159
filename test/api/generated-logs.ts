import { documentId } from '../../src/domain/ids';
import { LEVELS, SEVERITIES, type Anomaly, type LogRecord } from '../../src/domain/record';

/** A stored document as the pipeline writes it. */
export interface StoredLog extends LogRecord {
  anomaly: Anomaly;
  kafka: { partition: number; offset: number; timestamp: string };
  ingested_at: string;
  epoch: number;
}

export interface StoredDocument {
  id: string;
  index: string;
  log: StoredLog;
}

/** The request that most of the logs belong to. */
export const busiest = 'req-0';

/** The moment that generated logs end at. */
export const GENERATED_UNTIL = Date.UTC(2026, 10, 24, 12, 0, 0);
const SPAN_MS = 30 * 3_600_000;
const PARTITIONS = 4;

const WORDS = ['payment', 'timeout', 'connection', 'refused', 'retry', 'cache', 'miss', 'user', 'login', 'ok'];
const SERVICES = ['auth', 'payment', 'inventory', 'user', 'api-gateway'];
const STATUSES = [200, 201, 204, 302, 400, 404, 429, 500, 502, 503];
const TAGS = ['checkout', 'slow', 'a,b', '!odd'];
const RULES = ['level_error', 'status_5xx', 'response_slow', 'error_code'];

/** A small seeded generator (mulberry32): the same seed, the same numbers from 0 to 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What records of other formats have. */
function foreignFields(random: () => number): Partial<LogRecord> {
  const whole = (below: number) => Math.floor(random() * below);
  const some = <T extends object>(fields: T) => (random() < 0.7 ? fields : {});
  return {
    ...some({ trace: { id: `trace-${whole(50)}` }, span: { id: `span-${whole(200)}` } }),
    ...some({ host: { name: `web-${whole(4)}` }, log: { logger: `com.acme.${['Pay', 'Cart'][whole(2)]}` } }),
    ...some({ process: { pid: 100 + whole(5), thread: { name: ['main', 'worker-1'][whole(2)]! } } }),
    ...some({ client: { ip: `10.0.0.${whole(9)}` }, user_agent: { original: ['curl/8.5', 'Mozilla/5.0'][whole(2)]! } }),
    ...some({ url: { original: `/path/${whole(8)}?a=1`, domain: ['shop.example', 'a.example'][whole(2)]! } }),
    ...some({
      error: {
        type: ['IOException', 'TypeError'][whole(2)]!,
        message: `${WORDS[whole(WORDS.length)]} ${WORDS[whole(WORDS.length)]}`,
        stack_trace: `at ${WORDS[whole(WORDS.length)]} here`,
      },
    }),
    event: {
      format: ['pino', 'ecs', 'container/pino', 'container/plain'][whole(4)]!,
      ...(random() < 0.3 ? { time_source: 'kafka' as const } : {}),
      ...(random() < 0.2 ? { time_suspect: true as const } : {}),
    },
  };
}

/** Documents over some thirty hours and two daily indices, many with the same time, some without optional fields. */
export function generateLogs(count: number, indexPrefix: string, seed = 7): StoredDocument[] {
  const random = numbers(seed);
  const whole = (below: number) => Math.floor(random() * below);
  const pick = <T>(from: readonly T[]): T => from[whole(from.length)]!;
  // Of its own, so that what was there before it stays as it was.
  const foreign = numbers(seed + 1);
  const offsets = Array<number>(PARTITIONS).fill(0);
  return Array.from({ length: count }, () => {
    const partition = whole(PARTITIONS);
    const offset = offsets[partition]!++;
    // Whole minutes, so that many records share their time.
    const at = GENERATED_UNTIL - SPAN_MS + whole(SPAN_MS / 60_000) * 60_000;
    const time = new Date(at).toISOString();
    const score = whole(101);
    const hasResponse = random() < 0.8;
    const log: StoredLog = {
      '@timestamp': time,
      service: pick(SERVICES),
      level: pick(LEVELS),
      message: Array.from({ length: 3 + whole(4) }, () => pick(WORDS)).join(' '),
      request_id: random() < 0.02 ? busiest : `req-${whole(300)}`,
      ...(hasResponse ? { status_code: pick(STATUSES), response_time_ms: Math.round(random() * 50_000) / 10 } : {}),
      ...(random() < 0.3 ? { error_code: `E_${whole(15)}` } : {}),
      path: `/path/${whole(8)}`,
      ...(random() < 0.7 ? { method: pick(['GET', 'POST', 'PUT']), user_id: `user-${whole(40)}` } : {}),
      ...(random() < 0.3 ? { tags: TAGS.filter(() => random() < 0.5) } : {}),
      ...(foreign() < 0.5 ? foreignFields(foreign) : {}),
      ...(random() < 0.5 ? { attributes: { region: pick(['eu', 'us']), depth: { level: whole(3) } } } : {}),
      anomaly: {
        score,
        severity: SEVERITIES[Math.min(4, Math.floor(score / 20))]!,
        is_anomaly: score >= 50,
        reasons: RULES.filter(() => random() < 0.3).map((rule) => ({ rule, weight: 10 })),
      },
      kafka: { partition, offset, timestamp: time },
      ingested_at: time,
      epoch: 1,
    };
    const index = `${indexPrefix}-${time.slice(0, 10).replaceAll('-', '.')}`;
    return { id: documentId({ generation: 1, partition, offset }), index, log };
  });
}
