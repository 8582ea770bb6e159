import { LEVELS } from '../../src/domain/record';
import { createLogStream, NOMINAL_RATE } from '../../src/generator/log-stream';
import { LEVEL_WEIGHTS, PROFILES, SERVICES } from '../../src/generator/services';
import { median, options, readLogs, START, type ReadLog } from './read-logs';

const logs = readLogs(60_000);
const byRequest = new Map<string, ReadLog[]>();
for (const log of logs) {
  const request = byRequest.get(log.request_id);
  if (request) request.push(log);
  else byRequest.set(log.request_id, [log]);
}
/** The last ones are still under way. */
const requests = [...byRequest.values()].slice(0, -100);

describe('log stream: reproducible', () => {
  test('the same seed, start and rate give the same bytes', () => {
    const lines = (scenarios: string) => readLogs(20_000, { scenarios }).map(({ line }) => line);
    expect(lines('demo')).toEqual(lines('demo'));
  });

  test('the first log of seed 1 is the same on every machine and in every version', () => {
    expect(logs[0]!.line).toBe(
      '{"timestamp":"2026-01-02T03:04:05.678Z","service":"inventory","level":"info","message":"search 53222 answered",' +
        '"request_id":"a6050a7162f64d23","status_code":200,"user_id":"usr-10841","path":"/v1/items/search","method":"GET",' +
        '"response_time_ms":37,"tags":["env:prod","region:eu-west-1","version:2.2.5","host:node-6"]}',
    );
  });

  test('another seed gives other logs', () => {
    const other = readLogs(1000, { seed: 2 });
    expect(other.filter(({ line }, i) => line === logs[i]!.line)).toEqual([]);
    expect(other.filter(({ message }, i) => message === logs[i]!.message).length).toBeLessThan(100);
  });

  test('a later run with the same seed repeats no request id', () => {
    const later = readLogs(20_000, { startTime: START + 60_000 });
    expect(later.filter(({ request_id }) => byRequest.has(request_id))).toEqual([]);
  });
});

describe('log stream: one log', () => {
  const fields = 'timestamp,service,level,message,request_id,status_code,user_id,path,method,response_time_ms';
  const rules: Record<string, (log: ReadLog) => boolean> = {
    timestamp: ({ timestamp, atMs }) => timestamp === new Date(START + atMs).toISOString(),
    service: ({ service }) => (SERVICES as readonly string[]).includes(service),
    level: ({ level }) => (LEVELS as readonly string[]).includes(level),
    message: ({ message }) => /^[^{}\n]{5,200}$/.test(message),
    request_id: ({ request_id, key }) => /^[0-9a-f]{16}$/.test(request_id) && key === request_id,
    status_code: ({ status_code }) => status_code >= 200 && status_code < 600,
    user_id: ({ user_id }) => /^usr-\d{5}$/.test(user_id),
    path: ({ path }) => /^\/[a-z0-9/-]+$/.test(path),
    method: ({ method }) => /^(GET|POST|PUT|PATCH|DELETE)$/.test(method),
    response_time_ms: ({ response_time_ms }) => Number.isInteger(response_time_ms) && response_time_ms >= 1,
    error_code: ({ error_code }) => error_code === undefined || /^[A-Z0-9_]+$/.test(error_code),
    tags: ({ tags }) => tags.length > 0 && tags.every((tag) => /^[a-z]+:[a-z0-9.-]+$/.test(tag)),
  };

  test.each(Object.keys(rules))('%s is valid in every log', (field) => {
    expect(logs.filter((log) => !rules[field]!(log))).toEqual([]);
  });

  test('has exactly the promised fields, and an error code only where there is one', () => {
    const shapes = new Set(logs.map(({ line }) => Object.keys(JSON.parse(line) as object).join(',')));
    expect([...shapes].sort()).toEqual([`${fields},error_code,tags`, `${fields},tags`]);
  });

  test('carries quotes and letters beyond ASCII unharmed', () => {
    const messages = logs.map(({ message }) => message);
    expect(messages.some((message) => message.includes('(Straße?)'))).toBe(true);
    expect(messages.some((message) => message.includes('"orders:write"'))).toBe(true);
  });

  test('level, status and error code agree', () => {
    const kinds = { trace: [2, 3], debug: [2, 3], info: [2, 3], warn: [4], error: [5], fatal: [5] };
    const meanings = new Map<string, Set<string>>();
    const wrong = logs.filter(({ level, status_code, error_code }) => {
      const kind = Math.floor(status_code / 100);
      if (error_code !== undefined) {
        meanings.set(error_code, (meanings.get(error_code) ?? new Set()).add(`${level} ${status_code}`));
      }
      return !kinds[level as keyof typeof kinds].includes(kind) || (error_code !== undefined) !== kind >= 4;
    });
    expect(wrong).toEqual([]);
    expect([...meanings.values()].every(({ size }) => size === 1)).toBe(true);
    expect(meanings.size).toBeGreaterThan(20);
  });
});

describe('log stream: services', () => {
  test('levels come as often as their weights say', () => {
    // The gateway also reports the failures of the others.
    const own = logs.filter(({ service }) => service !== 'api-gateway');
    for (const [level, percent] of Object.entries(LEVEL_WEIGHTS)) {
      const found = own.filter((log) => log.level === level).length / own.length;
      const tolerance = 4 * Math.sqrt(percent / 100 / own.length);
      expect(Math.abs(found - percent / 100)).toBeLessThan(tolerance);
    }
  });

  test('each has its own paths and error codes, and writes a fair part of the logs', () => {
    for (const field of ['path', 'error_code'] as const) {
      const owners = new Map<string, Set<string>>();
      for (const log of logs) {
        const text = log[field]?.replace(/\d{5}/, '{}');
        if (text !== undefined) owners.set(text, (owners.get(text) ?? new Set()).add(log.service));
      }
      expect([...owners].filter(([, services]) => services.size > 1)).toEqual([]);
    }
    for (const service of SERVICES) {
      expect(logs.filter((log) => log.service === service).length / logs.length).toBeGreaterThan(0.05);
    }
  });

  test('response times follow the profile of their endpoint: its median, and a long tail', () => {
    const times = (path: string, method: string) =>
      logs.filter((log) => log.path === path && log.method === method).map((log) => log.response_time_ms);
    for (const [service, endpoint] of [
      ['payment', 'authorise'],
      ['inventory', 'search'],
      ['auth', 'login'],
    ] as const) {
      const { path, method, medianMs } = PROFILES[service].endpoints[endpoint]!;
      const found = times(path, method);
      expect(Math.abs(median(found) / medianMs - 1)).toBeLessThan(0.12);
      expect(Math.max(...found)).toBeGreaterThan(3 * medianMs);
    }
  });
});

describe('log stream: requests', () => {
  test('no id is digits alone, which could be those of a card', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      expect(readLogs(1, { seed })[0]!.request_id).toMatch(/^[a-f][0-9a-f]{15}$/);
    }
  });

  test('most run through several services, the gateway answers last, once', () => {
    expect(requests.filter((one) => one.length >= 2).length / requests.length).toBeGreaterThan(0.9);
    expect(Math.max(...requests.map((one) => one.length))).toBe(5);
    expect(requests.filter((one) => one.at(-1)!.service !== 'api-gateway')).toEqual([]);
    expect(requests.filter((one) => new Set(one.map(({ service }) => service)).size !== one.length)).toEqual([]);
  });

  test('one user makes a request, and users come back', () => {
    expect(requests.filter((one) => new Set(one.map(({ user_id }) => user_id)).size !== 1)).toEqual([]);
    expect(new Set(requests.map(([first]) => first!.user_id)).size).toBeLessThan(requests.length * 0.8);
  });

  test('the gateway reports what went wrong behind it, and waits for the slowest', () => {
    const inconsistent = requests.filter((one) => {
      const answer = one.at(-1)!;
      const behind = one.slice(0, -1);
      const worst = Math.max(0, ...behind.map(({ status_code }) => status_code));
      if (worst >= 400 && answer.status_code !== (worst === 500 ? 502 : worst)) return true;
      return behind.some(({ response_time_ms }) => response_time_ms > answer.response_time_ms);
    });
    expect(inconsistent).toEqual([]);
  });
});

describe('log stream: time', () => {
  test('logs are spaced by the rate, in order', () => {
    expect(readLogs(5, { rate: 250 }).map(({ atMs }) => atMs)).toEqual([0, 4, 8, 12, 16]);
  });

  test('without a rate they are as dense as the nominal one', () => {
    expect(readLogs(NOMINAL_RATE / 10 + 1, { rate: 0 }).at(-1)!.atMs).toBeCloseTo(100, -1);
  });

  test('a skip moves on to a time, and never back', () => {
    const stream = createLogStream(options());
    stream.skipTo(5000);
    stream.skipTo(10);
    expect(stream.next().timestamp).toBe(START + 5000);
    expect(stream.positionMs).toBe(5010);
  });

  test('after a long skip no request is taken up again', () => {
    const stream = createLogStream(options());
    const before = new Set(Array.from({ length: 100 }, () => stream.next().key));
    stream.skipTo(60_000);
    expect(Array.from({ length: 100 }, () => stream.next().key).filter((key) => before.has(key))).toEqual([]);
  });
});
