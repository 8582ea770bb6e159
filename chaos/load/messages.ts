import { createLogStream, type LogStream } from '../../src/generator/log-stream';
import { parseScenarios } from '../../src/generator/scenarios';
import type { Dice } from '../plan/dice';

/** A message to be written, its number, and what it is. */
export interface ChaosMessage {
  seq: number;
  kind: string;
  key: string | null;
  value: Buffer | null;
  headers: Record<string, Buffer | string>;
}

/** Headers that say which message a record is. */
export const SEQ_HEADER = 'chaos-seq';
export const KIND_HEADER = 'chaos-kind';

/** Text that stands in the message of every log of a seed, and must never turn up in a history or in our own logs. */
export function canaryOf(seed: number): string {
  return `canary-${seed.toString(36).padStart(4, '0')}-q7w`;
}

const KIB = 1024;

/** What the poison is made of: a sound log as an object, and its text. */
type Poison = (log: Record<string, unknown>, text: string, dice: Dice) => Buffer | string | null;

const json = JSON.stringify;
const POISON: Record<string, Poison> = {
  'cut off': (_log, text, dice) => text.slice(0, dice.whole(1, text.length - 1)),
  'plain text': (log) => String(log['message']),
  'not a number': (_log, text) => text.replace(/"status_code":\d+/, '"status_code":NaN'),
  'wrong type': (log) => json({ ...log, status_code: 'two hundred' }),
  'wrong level': (log) => json({ ...log, level: 'loud' }),
  'wrong time': (log) => json({ ...log, timestamp: 'yesterday' }),
  'missing level': (log) => json({ ...log, level: undefined }),
  array: (log) => json([log]),
  'too deep': (log) => json({ ...log, context: nested(40) }),
  'far too deep': (_log, text) => `${text.slice(0, -1)},"context":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
  'too many fields': (log) => json({ ...log, ...Object.fromEntries(numbers(1500).map((n) => [`field${n}`, n])) }),
  empty: () => '',
  tombstone: () => null,
  binary: (_log, text, dice) => Buffer.from(numbers(text.length).map(() => dice.whole(128, 255))),
  huge: (log, _text, dice) =>
    json({ ...log, message: `${String(log['message'])} ${'x'.repeat(dice.whole(1100, 3500) * KIB)}` }),
  // Sound, but each in its own way unlike the others: they become documents.
  'unknown fields': (log) => json({ ...log, span: { id: 7, parent: null }, retry: [1, 'two', { three: 3 }] }),
  'repeated name': (_log, text) => `${text.slice(0, -1)},"service":"second","service":"third"}`,
  prototype: (log, _text) => `${json(log).slice(0, -1)},"__proto__":{"a":1},"constructor":{"b":2}}`,
  'lone surrogate': (log) => json({ ...log, message: `${String(log['message'])} \ud800 tail` }),
  'beyond ascii': (log) => json({ ...log, message: `${String(log['message'])} äöü 漢字 🐟 \u2028 \\u0041` }),
  'long message': (log, _text, dice) =>
    json({ ...log, message: `${String(log['message'])} ${'word '.repeat(dice.whole(2, 60) * KIB)}` }),
  'long term': (log) => json({ ...log, path: `/${'p'.repeat(40 * KIB)}`, trace: 't'.repeat(40 * KIB) }),
  'other names': (log) => json({ ...log, level: 'WARNING', timestamp: 1_700_000_000_123, user_id: 42 }),
  'another logger': (log) => json({ ...log, service: undefined }),
  spaced: (log) => JSON.stringify(log, null, 2),
  'several records': (log, _text, dice) => exportOf(numbers(dice.whole(2, 40)).map((n) => otlpOf(log, n))),
  'several records, some bad': (log, _text, dice) => {
    const records = numbers(dice.whole(2, 9)).map((n) => otlpOf(log, n));
    records.splice(dice.whole(0, records.length), 0, null);
    return exportOf(records);
  },
  // As other loggers write them: after the first of each they are decoded by their shape.
  pino: (log) => json(pinoOf(log)),
  'pino in a container': (log) => json({ log: `${json(pinoOf(log))}\n`, stream: 'stdout', time: log['timestamp'] }),
  winston: (log) => json({ ...log, service: undefined, app: log['service'] }),
  ecs: ({ timestamp, level, message, service, path }) =>
    json({ '@timestamp': timestamp, 'log.level': level, message, service: { name: service }, url: { path } }),
  'one exported record': (log, _text, dice) => exportOf([otlpOf(log, dice.whole(0, 1000))]),
  'zero in a name': (log) => json({ ...log, 'a\u0000b': 1 }),
};

/** Every kind of poison. */
export const POISON_KINDS = Object.keys(POISON);

/** An endless seeded stream of messages, poison mixed in. Pure but for the time its logs start at. */
export class MessageStream {
  readonly #logs: LogStream;
  readonly #canary: string;
  #seq = 0;

  constructor(
    seed: number,
    private readonly dice: Dice,
    private readonly poisonShare: number,
    startTime: number,
  ) {
    this.#logs = createLogStream({ seed, startTime, rate: 300, plan: parseScenarios('demo') });
    this.#canary = canaryOf(seed);
  }

  next(): ChaosMessage {
    const { key, value } = this.#logs.next();
    const text = value.replace('"message":"', `"message":"${this.#canary} `);
    const seq = this.#seq++;
    const kind = this.dice.chance(this.poisonShare) ? this.dice.pick(POISON_KINDS) : 'log';
    const body = POISON[kind]?.(JSON.parse(text) as Record<string, unknown>, text, this.dice);
    const headers: Record<string, Buffer | string> = { [SEQ_HEADER]: String(seq), [KIND_HEADER]: kind };
    if (this.dice.chance(0.001)) headers['large'] = Buffer.alloc(20 * KIB, 'h');
    return {
      seq,
      kind,
      key: this.dice.chance(0.01) ? null : key,
      value: kind === 'log' ? Buffer.from(text) : body === null || body === undefined ? null : Buffer.from(body),
      headers,
    };
  }
}

function pinoOf({ timestamp, message, service, status_code, path, request_id }: Record<string, unknown>): object {
  const request = { req: { id: request_id, url: path }, res: { statusCode: status_code } };
  return { level: 30, time: Date.parse(String(timestamp)), pid: 7, name: service, ...request, msg: message };
}

function otlpOf(log: Record<string, unknown>, number: number): object | null {
  const body = { stringValue: `${String(log['message'])} ${number}` };
  const attributes = [{ key: 'n', value: { intValue: String(number) } }];
  return { timeUnixNano: `${1_795_521_598_000 + number}000000`, severityText: 'ERROR', body, attributes };
}

/** An OpenTelemetry export request. */
function exportOf(logRecords: unknown[]): string {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'exported' } }] };
  return json({ resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 'chaos' }, logRecords }] }] });
}

function nested(depth: number): unknown {
  return depth === 0 ? 1 : { deeper: nested(depth - 1) };
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
