import fc from 'fast-check';
import { generateLogs } from './generated-logs';

/** Addresses that ask for what generated logs have, and for what they have not. */

const logs = generateLogs(2000, 'logs');
const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
const anyLog = fc.nat({ max: logs.length - 1 }).map((index) => logs[index]!);

const service = oneOf('auth', 'payment', 'inventory', 'user', 'api-gateway', 'pay*', 'nobody', '*');
const level = oneOf('trace', 'debug', 'INFO', 'warn', 'error', 'fatal');
const severity = oneOf('none', 'low', 'medium', 'High', 'critical');
const status = oneOf('200', '404', '503', '5xx', '4XX', '1xx', '200..299', '>=500', '<300', '..302', '429..', '*');
const score = oneOf('0..20', '>=60', '<10', '100', '95..', '50');
const response = oneOf('0..100', '>=4000', '<=12.5', '2500.5..', '*');
const requestId = oneOf('req-7', 'req-1*', 'req-299', 'none');
const user = oneOf('user-1', 'user-3*', '*', 'nobody');
const path = oneOf('/path/3', '/path/*', '/elsewhere');
const errorCode = oneOf('E_1', 'E_1*', '*', 'E_14');
const tag = oneOf('checkout', 'slow', 'a\\,b', '\\!odd', '*');
const rule = oneOf('level_error', 'status_5xx', 'error_*');
/** Of records of other formats. */
const foreign = {
  ...{ trace_id: oneOf('trace-7', 'trace-1*', '*', 'none'), span_id: oneOf('span-3', 'span-1*') },
  ...{ host: oneOf('web-1', 'web*', '*'), logger: oneOf('com.acme.Pay', 'com.*'), thread: oneOf('main', 'worker*') },
  ...{ pid: oneOf('101', '100..102', '>103', '*'), client_ip: oneOf('10.0.0.1', '10.0.*', '*') },
  ...{
    user_agent: oneOf('curl/*', 'Mozilla/5.0'),
    url: oneOf('/path/1?a=1', '/path/*'),
    domain: oneOf('shop.example', 'shop*'),
  },
  ...{ error_type: oneOf('IOException', 'Type*', '*'), error_message: oneOf('timeout', 'cache miss', 'conn*', '*') },
  ...{ stack_trace: oneOf('at refused', 'ref*', 'here'), format: oneOf('pino', 'container/*', '*') },
  ...{ time_source: oneOf('kafka', '*'), time_suspect: oneOf('true', 'false', '*') },
};
const offset = oneOf('0..50', '>=400', '17');

/** A list of values, some of them not wanted. */
function listOf(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const signed = fc.tuple(oneOf('', '', '!'), value).map(([sign, text]) => sign + text);
  return fc.array(signed, { minLength: 1, maxLength: 3 }).map((values) => values.join(','));
}

const word = oneOf('payment', 'timeout', 'Connection', 'refused', 'cache', 'ok', 'nothing', 'conn*', 're*');
const condition = fc.oneof(
  word,
  oneOf('"connection refused"', '"cache miss"', '"ok ok"', 'time-out', 'payment/timeout', '*'),
  level.map((value) => `level:${value}`),
  status.map((value) => `status_code:${value}`),
  score.map((value) => `score:${value}`),
  response.map((value) => `response_time_ms:${value}`),
  service.map((value) => `service:${value}`),
  errorCode.map((value) => `error_code:${value}`),
  requestId.map((value) => `request_id:${value}`),
  oneOf(
    'anomaly:true',
    'anomaly.is_anomaly:false',
    'edited:false',
    'edited:true',
    'edited:*',
    'tag:"a,b"',
    'tags:slow',
  ),
  oneOf(
    'attributes.region:eu',
    'attributes.region:eu*',
    'attributes.depth.level:2',
    'attributes.region:*',
    'attributes.x:*',
  ),
  oneOf(
    'time:>=now-5h',
    '@timestamp:now-10h..now-2h',
    'time:<2026-11-24',
    'kafka_time:>now-90m',
    'partition:1',
    'offset:..99',
  ),
  ...Object.entries(foreign).map(([name, value]) =>
    value.map((one) => `${name}:${/[ /?]/.test(one) && !one.endsWith('*') ? `"${one}"` : one}`),
  ),
  oneOf('level:(error OR fatal)', 'service:(auth OR -user)', 'message:(payment timeout)'),
);

/** Queries of the language, up to three levels deep. */
export const query: fc.Arbitrary<string> = fc.letrec<{ all: string }>((tie) => ({
  all: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    condition,
    fc.tuple(tie('all'), oneOf(' ', ' AND ', ' OR ', ' | '), tie('all')).map((parts) => parts.join('')),
    fc.tuple(oneOf('NOT ', '-', '!'), tie('all')).map(([sign, part]) => `${sign}(${part})`),
    tie('all').map((part) => `(${part})`),
  ),
})).all;

const from = oneOf('now-40h', 'now-12h', '2026-11-24', '2026-11-24T02:00:00+02:00', '1795478400', '1795478400000');
const to = oneOf('now', 'now-2h', '2026-11-24T11:30:00Z', '1795521600');

const filters = {
  ...{ service: listOf(service), level: listOf(level), severity: listOf(severity), status_code: listOf(status) },
  ...{ score: listOf(score), response_time_ms: listOf(response), request_id: listOf(requestId), user_id: listOf(user) },
  ...{ path: listOf(path), method: listOf(oneOf('GET', 'POST', 'PUT', '*')), error_code: listOf(errorCode) },
  ...{ tag: listOf(tag), rule: listOf(rule), offset: listOf(offset), partition: listOf(oneOf('0', '1..2', '>2')) },
  // An export has a `format` of its own.
  ...Object.fromEntries(
    Object.entries(foreign).map(([name, value]) => [name === 'format' ? 'log_format' : name, listOf(value)]),
  ),
  attribute: listOf(oneOf('region:eu', 'region:*', 'depth.level:1', 'depth.level:0..1', 'nothing:x')),
  ...{ q: query, from, to },
};

/** Up to four of the filters, and the rest of the parameters. */
function addresses(route: fc.Arbitrary<string>, rest: Record<string, fc.Arbitrary<string>>): fc.Arbitrary<string> {
  const chosen = fc.subarray(Object.keys(filters), { minLength: 0, maxLength: 4 });
  return chosen.chain((names) => {
    const wanted = Object.fromEntries(names.map((name) => [name, filters[name as keyof typeof filters]]));
    const optional = fc.record({ ...rest }, { requiredKeys: [] });
    return fc
      .tuple(route, fc.record(wanted), optional)
      .map(
        ([at, one, other]) => `${at}?${new URLSearchParams({ ...one, ...other } as Record<string, string>).toString()}`,
      );
  });
}

const sort = oneOf(
  'time',
  '-time',
  'score',
  '-score',
  'response_time_ms',
  '-response_time_ms',
  'status_code',
  '-status_code',
);
const fields = oneOf('service,message', '@timestamp,anomaly.score,attributes.region', 'kafka.offset,tag', 'level');
const size = oneOf('1', '10', '200', '1000');
const anomaly = oneOf('true', 'false');

const paged = addresses(oneOf('/logs'), { sort, fields, size, anomaly, page: oneOf('1', '2') });
const anomalies = addresses(oneOf('/logs/anomalies'), {
  ...{ sort, size, min_score: oneOf('0', '55', '90') },
  group: oneOf('severity', 'rule', 'service', 'path', 'error_code'),
});
const single = anyLog.map(({ id }) => `/logs/${id}`);
const around = fc
  .tuple(
    anyLog,
    oneOf('partition', 'service', 'request', 'partition,service', 'service,request'),
    fc.nat(30),
    fc.nat(30),
  )
  .map(([{ id }, by, before, after]) => `/logs/${id}/context?by=${by}&before=${before}&after=${after}`);
const request = anyLog.map(({ log }) => `/requests/${log.request_id}`);

export const pageQueries = fc.oneof({ weight: 4, arbitrary: paged }, anomalies, single, around, request);

const stats = addresses(oneOf('/logs/stats'), { anomaly, interval: oneOf('5m', '15m', '1h', '1d') }).filter((url) =>
  url.includes('interval='),
);
const histogram = addresses(oneOf('/logs/histogram'), {
  ...{ anomaly, split: oneOf('level', 'severity', 'service') },
  interval: oneOf('5m', '1h', '6h', '1d', '1w', '1M'),
  time_zone: oneOf('UTC', 'Europe/Berlin', 'asia/kolkata', 'America/New_York', '-03:30', '+02:00'),
}).filter((url) => url.includes('interval='));
const facets = addresses(oneOf('/logs/facets'), {
  anomaly,
  facets: oneOf(
    'service,level',
    'user_id,path,tag',
    'status_code,score',
    'rule,error_code',
    'attributes.region,anomaly',
    'request_id',
  ),
  size: oneOf('1', '5', '100'),
});

export const figureQueries = fc.oneof(stats, histogram, facets);
