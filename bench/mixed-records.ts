/** A log of the generator, as far as other formats have a place for it. */
interface OwnLog {
  timestamp: string;
  service: string;
  level: string;
  message: string;
  request_id: string;
  status_code?: number;
  user_id?: string;
  path?: string;
  method?: string;
  response_time_ms?: number;
  error_code?: string;
}

const PINO: Record<string, number> = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };
const SYSLOG: Record<string, number> = { trace: 7, debug: 7, info: 6, warn: 4, error: 3, fatal: 2 };
const OTEL: Record<string, number> = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 };

const keyValues = (fields: Record<string, unknown>) =>
  Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) => `${key}=${/^[\w./:-]*$/.test(String(value)) ? String(value) : JSON.stringify(String(value))}`,
    )
    .join(' ');

/** The same log as services with other loggers write it, by the name of its format. */
export const WRITERS: Record<string, (log: OwnLog) => string> = {
  pino: ({ timestamp, level, service, message, request_id, status_code, user_id, path, method, response_time_ms }) =>
    JSON.stringify({
      ...{ level: PINO[level], time: Date.parse(timestamp), pid: 4242, hostname: 'web-1', name: service },
      ...{ reqId: request_id, userId: user_id, req: { method, url: path }, res: { statusCode: status_code } },
      ...{ responseTime: response_time_ms, msg: message },
    }),
  winston: ({ timestamp, ...log }) =>
    JSON.stringify({ ...log, service: undefined, service_name: log.service, timestamp }),
  ecs: ({ timestamp, level, service, message, request_id, status_code, user_id, path, method, response_time_ms }) =>
    JSON.stringify({
      ...{ '@timestamp': timestamp, 'log.level': level.toUpperCase(), message, 'ecs.version': '8.11.0' },
      ...{ service: { name: service }, http: { request: { id: request_id, method }, response: { status_code } } },
      ...{ url: { path }, user: { id: user_id }, event: { duration: Math.round((response_time_ms ?? 0) * 1e6) } },
    }),
  otlp: ({ timestamp, level, service, message, status_code, user_id, path, method }) =>
    JSON.stringify({
      ...{
        timeUnixNano: `${Date.parse(timestamp)}000000`,
        severityNumber: OTEL[level],
        body: { stringValue: message },
      },
      attributes: Object.entries({
        ...{ 'service.name': service, 'http.request.method': method, 'url.path': path, 'user.id': user_id },
        'http.response.status_code': status_code,
      })
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => ({
          key,
          value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
        })),
    }),
  gelf: ({ timestamp, level, service, message, request_id, status_code, user_id, path, method, response_time_ms }) =>
    JSON.stringify({
      ...{ version: '1.1', host: 'web-1', short_message: message, timestamp: Date.parse(timestamp) / 1000 },
      ...{ level: SYSLOG[level], _service: service, _request_id: request_id, _user_id: user_id, _path: path },
      ...{ _method: method, _status_code: status_code, _response_time_ms: response_time_ms },
    }),
  container: (log) => JSON.stringify({ log: `${WRITERS['pino']!(log)}\n`, stream: 'stdout', time: log.timestamp }),
  logfmt: ({ timestamp, message, ...log }) =>
    keyValues({ time: timestamp, msg: message, ...log, service: log.service }),
  log4j: ({ timestamp, level, service, message, ...rest }) =>
    `${timestamp.replace('T', ' ').replace('.', ',').replace('Z', '')} [http-nio-8080-exec-7] ${level.toUpperCase()} com.acme.${service}.Handler - ${message} ${keyValues({ ...rest })}`,
  syslog: ({ timestamp, level, service, message, ...rest }) =>
    `<${16 * 8 + SYSLOG[level]!}>1 ${timestamp} web-1.example.com ${service} 4242 - [log@32473 ${Object.entries(rest)
      .map(([key, value]) => `${key}="${String(value)}"`)
      .join(' ')}] ${message}`,
  access_log: ({ timestamp, status_code, path, method, request_id }) =>
    `203.0.113.9 - - [${clf(timestamp)}] "${method ?? 'GET'} ${path ?? '/'}?request=${request_id} HTTP/1.1" ${status_code ?? 200} 5316 "https://shop.example/checkout/basket" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"`,
};

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function clf(timestamp: string): string {
  const [, year, month, day, clock] = /^(\d+)-(\d+)-(\d+)T([\d:]+)/.exec(timestamp)!;
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${clock} +0000`;
}

/** A log in one of the formats, in turn, or in the one that is named. */
export function inOtherFormat(own: string, turn: number, format?: string): string {
  const writers = format === undefined ? Object.values(WRITERS) : [WRITERS[format]!];
  return writers[turn % writers.length]!(JSON.parse(own) as OwnLog);
}
