import fc from 'fast-check';
import type { Expression } from '../../../src/api/query/expression';
import { QueryError, readQuery } from '../../../src/api/query/read-query';
import { toCondition } from '../../../src/elasticsearch/search-query';
import { generateLogs, type StoredLog } from '../generated-logs';
import { matches } from '../matches';
import { noise } from '../random-noise';

const NOW = Date.UTC(2026, 10, 24, 12);
const read = (text: string) => readQuery(text, NOW);
const words = (text: string): Expression => ({ kind: 'words', text });
const equals = (field: string, ...values: (string | number | boolean)[]): Expression => ({
  ...{ kind: 'equals', field, values },
});
const range = (field: string, bounds: object): Expression => ({ kind: 'range', field, ...bounds });

describe('a query', () => {
  it.each<[string, Expression]>([
    ['timeout', words('timeout')],
    ['"connection refused"', words('connection refused')],
    ['"say \\"hi\\" \\\\ now"', words('say "hi" \\ now')],
    ['upstream timed', { kind: 'and', parts: [words('upstream'), words('timed')] }],
    ['a AND b', { kind: 'and', parts: [words('a'), words('b')] }],
    ['a OR b c', { kind: 'or', parts: [words('a'), { kind: 'and', parts: [words('b'), words('c')] }] }],
    ['a | b', { kind: 'or', parts: [words('a'), words('b')] }],
    ['(a|b) c', { kind: 'and', parts: [{ kind: 'or', parts: [words('a'), words('b')] }, words('c')] }],
    ['NOT a', { kind: 'not', part: words('a') }],
    ['-"a b"', { kind: 'not', part: words('a b') }],
    ['NOT NOT a', words('a')],
    ['and or not', { kind: 'and', parts: [words('and'), words('or'), words('not')] }],
    ['ANDROID', words('ANDROID')],
    ['time-out', words('time-out')],
    ['*', { kind: 'all' }],
    ['conn*', { kind: 'word-prefix', prefix: 'conn' }],
    ['stack_trace:NullPointerException', { kind: 'words', text: 'NullPointerException', field: 'error.stack_trace' }],
    ['error_message:"gave up"', { kind: 'words', text: 'gave up', field: 'error.message' }],
    ['error.message:Conn*', { kind: 'word-prefix', prefix: 'conn', field: 'error.message' }],
    ['message:hello', words('hello')],
    ['Conn*', { kind: 'word-prefix', prefix: 'conn' }],
    ['12\\:30', words('12:30')],
    ['level:ERROR', equals('level', 'error')],
    ['level:(error OR fatal)', equals('level', 'error', 'fatal')],
    ['level:error OR level:fatal', equals('level', 'error', 'fatal')],
    ['service:-x', equals('service', '-x')],
    [
      'service:(a OR -b)',
      { kind: 'or', parts: [equals('service', 'a'), { kind: 'not', part: equals('service', 'b') }] },
    ],
    ['path:"/api/a b"', equals('path', '/api/a b')],
    ['path:/api/*', { kind: 'prefix', field: 'path', prefix: '/api/' }],
    ['path:/a\\*', equals('path', '/a*')],
    ['user_id:*', { kind: 'exists', field: 'user_id' }],
    ['status_code:503', equals('status_code', 503)],
    ['status:5xx', range('status_code', { gte: 500, lt: 600 })],
    ['status_code:400..499', range('status_code', { gte: 400, lte: 499 })],
    ['response_time_ms:>=99.5', range('response_time_ms', { gte: 99.5 })],
    ['response_time_ms:..100', range('response_time_ms', { lte: 100 })],
    ['offset:100..', range('kafka.offset', { gte: 100 })],
    ['time:>now-15m', range('@timestamp', { gt: NOW - 900_000 })],
    [
      '@timestamp:2026-11-24..2026-11-24T10:00:00Z',
      range('@timestamp', { gte: NOW - 12 * 3_600_000, lte: NOW - 7_200_000 }),
    ],
    ['anomaly:true', equals('anomaly.is_anomaly', true)],
    ['anomaly.score:>90', range('anomaly.score', { gt: 90 })],
    ['rule:level_error', equals('anomaly.reasons.rule', 'level_error')],
    ['attributes.region:eu', equals('attributes.region', 'eu')],
  ])('%s means what it says', (text, expression) => {
    expect(read(text)).toEqual(expression);
  });

  it.each([
    ['', 1, /missing at the end/],
    ['a AND', 6, /missing at the end/],
    ['OR a', 1, /missing before OR; in quotes/],
    ['a OR OR b', 6, /missing before OR/],
    ['a | | b', 5, /missing before \|/],
    ['(a', 1, /not closed/],
    ['a )', 3, /closes nothing/],
    ['()', 2, /missing before \)/],
    ['a "b', 3, /quotation is not closed/],
    ['-', 2, /missing at the end/],
    ['*out', 1, /star may only end/],
    ['a /.*/', 3, /star may only end/],
    ['c*', 1, /at least 2 characters/],
    ['time-o*', 1, /beginning of one word/],
    ['a\\', 1, /ends in a backslash/],
    ['http://x', 1, /no field http; put text with a colon in quotes/],
    ['password:x', 1, /no field password/],
    ['level:', 7, /value of level is missing/],
    ['level: error', 7, /value of level is missing/],
    ['a level:loud', 9, /one of trace, debug/],
    ['level:err*', 7, /takes no star/],
    ['level:(error OR loud)', 17, /one of trace/],
    ['status_code:abc', 13, /503, 5xx or 400..499/],
    ['status_code:99999', 13, /from 100 to 599/],
    ['score:1.5', 7, /whole number/],
    ['offset:5..3', 8, /backwards/],
    ['offset:..', 8, /at least one end/],
    ['time:2026-11-24', 6, /comparison or a range/],
    ['time:>soon', 6, /ISO 8601/],
    ['attributes.*:x', 1, /no field/],
    ['attributes.:x', 1, /no field/],
    ['__proto__:x', 1, /no field/],
    ['constructor:x', 1, /no field/],
    [`${'('.repeat(11)}a`, 12, /at most 10 levels/],
    ['a '.repeat(65), 129, /at most 64 conditions/],
    ['x'.repeat(1001), 1001, /at most 1000/],
  ])('%j is refused at character %i', (text, position, message) => {
    const failing = () => read(text);
    expect(failing).toThrow(QueryError);
    expect(failing).toThrow(message);
    expect(failing).toThrow(expect.objectContaining({ position }));
  });
});

/** A query, and what it means by another way than the parser's. */
interface Meaning {
  text: string;
  holds: (log: StoredLog) => boolean;
}

const atom = fc.constantFrom<Meaning>(
  { text: 'payment', holds: ({ message }) => message.split(' ').includes('payment') },
  { text: '"connection refused"', holds: ({ message }) => ` ${message} `.includes(' connection refused ') },
  { text: 'conn*', holds: ({ message }) => message.includes('connection') },
  { text: 'level:(error OR fatal)', holds: ({ level }) => level === 'error' || level === 'fatal' },
  { text: 'status_code:5xx', holds: ({ status_code: code }) => code !== undefined && code >= 500 },
  { text: 'status_code:..299', holds: ({ status_code: code }) => code !== undefined && code < 300 },
  { text: 'service:pay*', holds: ({ service }) => service === 'payment' },
  { text: 'error_code:*', holds: ({ error_code: code }) => code !== undefined },
  { text: 'score:>=50', holds: ({ anomaly }) => anomaly.is_anomaly },
  { text: 'tag:slow', holds: ({ tags }) => tags?.includes('slow') ?? false },
  {
    text: 'attributes.depth.level:2',
    holds: ({ attributes }) => (attributes?.['depth'] as { level?: number })?.level === 2,
  },
  { text: 'time:>=now-3h', holds: (log) => Date.parse(log['@timestamp']) >= NOW - 3 * 3_600_000 },
);

const meaning = fc.letrec<{ or: Meaning; and: Meaning; not: Meaning; primary: Meaning }>((tie) => ({
  or: fc.array(tie('and'), { minLength: 1, maxLength: 3 }).chain((parts) =>
    fc.constantFrom(' OR ', ' | ').map((sign) => ({
      text: parts.map(({ text }) => text).join(sign),
      holds: (log: StoredLog) => parts.some(({ holds }) => holds(log)),
    })),
  ),
  and: fc.array(tie('not'), { minLength: 1, maxLength: 3 }).chain((parts) =>
    fc.constantFrom(' ', ' AND ').map((sign) => ({
      text: parts.map(({ text }) => text).join(sign),
      holds: (log: StoredLog) => parts.every(({ holds }) => holds(log)),
    })),
  ),
  not: fc.tuple(fc.constantFrom('', '', 'NOT ', '-', '!'), tie('primary')).map(([sign, { text, holds }]) => ({
    text: sign + text,
    holds: sign === '' ? holds : (log: StoredLog) => !holds(log),
  })),
  primary: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'query' },
    atom,
    tie('or').map(({ text, holds }) => ({ text: `(${text})`, holds })),
  ),
})).or;

describe('any query', () => {
  const logs = generateLogs(150, 'logs').map(({ log }) => log);

  it('selects what its words say, by precedence and parentheses', () => {
    fc.assert(
      fc.property(meaning, ({ text, holds }) => {
        fc.pre(text.length <= 1000 && (text.match(/[a-z"]+[:*"]?/g) ?? []).length <= 64);
        const expression = read(text);
        for (const log of logs) if (matches(log, expression) !== holds(log)) throw new Error(`${text}: ${log.message}`);
      }),
      { numRuns: 300 },
    );
  });

  const ALLOWED = new Set(['match_all', 'bool', 'match_phrase', 'prefix', 'terms', 'term', 'range', 'exists']);
  const FIELD =
    /^(?:attributes\.[^*\s]+|@timestamp|message|service|level|request_id|status_code|user_id|path|method|response_time_ms|error_code|tags|edited|trace\.id|span\.id|host\.name|log\.logger|process\.(?:pid|thread\.name)|client\.ip|user_agent\.original|url\.(?:original|domain)|error\.(?:type|message|stack_trace)|event\.(?:format|time_source|time_suspect)|anomaly\.(?:is_anomaly|score|severity|reasons\.rule)|kafka\.(?:partition|offset|timestamp))$/;

  /** Throws when a query is made of anything else, or asks about a field that is not ours. */
  function check(condition: object, depth = 0): number {
    const entries = Object.entries(condition) as [string, Record<string, unknown>][];
    const [kind, body] = entries[0]!;
    if (entries.length !== 1 || !ALLOWED.has(kind) || depth > 50) throw new Error(`${kind} at depth ${depth}`);
    if (kind === 'match_all') return 1;
    if (kind === 'bool') {
      const clauses = Object.entries(body).filter(([name]) => name !== 'minimum_should_match');
      if (clauses.some(([name]) => !['filter', 'should', 'must_not'].includes(name))) throw new Error('bool');
      const parts = clauses.flatMap(([, clause]) => clause as object[]);
      return parts.reduce((sum, part) => sum + check(part, depth + 1), 0);
    }
    const field = kind === 'exists' ? (body['field'] as string) : Object.keys(body)[0]!;
    if (!FIELD.test(field)) throw new Error(`field ${field}`);
    return 1;
  }

  it('is refused with a place in it, or becomes a query of few, cheap and allowed kinds', () => {
    let taken = 0;
    fc.assert(
      fc.property(noise, (text) => {
        let expression: Expression;
        try {
          expression = read(text);
        } catch (error) {
          if (!(error instanceof QueryError)) throw error;
          expect(error.position).toBeGreaterThan(0);
          expect(error.position).toBeLessThanOrEqual(text.length + 1);
          return;
        }
        taken += 1;
        expect(check(toCondition(expression))).toBeLessThanOrEqual(64);
      }),
      { numRuns: 5000 },
    );
    expect(taken).toBeGreaterThan(200);
  });
});
