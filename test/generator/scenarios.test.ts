import { incidents, parseScenarios, SCENARIOS, UnknownScenarioError } from '../../src/generator/scenarios';
import { SERVICES } from '../../src/generator/services';
import { median, readLogs, type ReadLog } from './read-logs';

const RATE = 100;
const logsOf = (scenarios: string, seconds: number) => readLogs(seconds * RATE, { rate: RATE, scenarios });

describe('the setting GENERATOR_SCENARIOS', () => {
  test.each(['', 'none'])('"%s" plays nothing', (setting) => {
    expect(incidents(parseScenarios(setting), Infinity)).toEqual([]);
  });

  test('names play at their own times, each once, in any order of the list', () => {
    const names = incidents(parseScenarios(' traffic-surge, latency-spike,,traffic-surge'), Infinity).map(
      ({ name }) => name,
    );
    expect(names).toEqual(['latency-spike', 'traffic-surge']);
  });

  test.each(['latency-spikes', 'demo,error-burst', 'none,demo', '__proto__'])(
    '"%s" is refused with the known names',
    (setting) => {
      expect(() => parseScenarios(setting)).toThrow(UnknownScenarioError);
      expect(() => parseScenarios(setting)).toThrow(
        /GENERATOR_SCENARIOS.*known: none, demo, latency-spike, error-burst/,
      );
    },
  );
});

describe('the ground truth', () => {
  test('names every kind of incident, none overlapping another', () => {
    const all = incidents(parseScenarios(SCENARIOS.map(({ name }) => name).join(',')), Infinity);
    expect(all.map(({ kind }) => kind)).toEqual(['latency_spike', 'error_burst', 'dependency_outage', 'traffic_surge']);
    for (const [i, { startMs, endMs, services }] of all.entries()) {
      expect(endMs).toBeGreaterThan(startMs);
      expect(startMs).toBeGreaterThanOrEqual(all[i - 1]?.endMs ?? 1);
      expect(SERVICES).toEqual(expect.arrayContaining([...services]));
    }
  });

  test('demo begins within a minute and comes again every five', () => {
    const found = incidents(parseScenarios('demo'), 600_000);
    expect(found).toHaveLength(8);
    expect(found[0]).toEqual({
      name: 'demo-latency-spike',
      kind: 'latency_spike',
      services: ['inventory', 'api-gateway'],
      startMs: 30_000,
      endMs: 60_000,
    });
    expect(found[4]).toEqual({ ...found[0], startMs: 330_000, endMs: 360_000 });
  });
});

describe('a scenario in the logs', () => {
  const calm = logsOf('none', 480);

  test.each(['latency-spike', 'error-burst', 'dependency-outage'])(
    '%s changes logs of its services only, within its time only, and hardly ever anything but status and duration',
    (name) => {
      const [incident] = incidents(parseScenarios(name), Infinity);
      const played = logsOf(name, 480);
      const changed = played.filter(({ line }, i) => line !== calm[i]!.line);
      expect(changed.length).toBeGreaterThan(100);
      const outside = changed.filter(
        ({ service, atMs }) =>
          !(incident!.services as string[]).includes(service) || atMs < incident!.startMs || atMs >= incident!.endMs,
      );
      expect(outside).toEqual([]);
      expect(played.map(({ request_id }) => request_id)).toEqual(calm.map(({ request_id }) => request_id));
    },
  );

  const during = (logs: ReadLog[], name: string, service: string) => {
    const { startMs, endMs } = incidents(parseScenarios(name), Infinity)[0]!;
    // The last moments of a scenario start no new struck request.
    return logs.filter((log) => log.service === service && log.atMs >= startMs + 1000 && log.atMs < endMs - 1000);
  };
  const failing = (logs: ReadLog[]) => logs.filter(({ status_code }) => status_code >= 500).length / logs.length;

  test('a latency spike multiplies response times, and the callers wait too', () => {
    const played = logsOf('latency-spike', 120);
    const times = (logs: ReadLog[], service: string) =>
      median(during(logs, 'latency-spike', service).map((log) => log.response_time_ms));
    expect(times(played, 'inventory') / times(calm, 'inventory')).toBeGreaterThan(13);
    expect(times(played, 'api-gateway') / times(calm, 'api-gateway')).toBeGreaterThan(2);
  });

  test('an error burst fails its share of the calls', () => {
    const played = during(logsOf('error-burst', 240), 'error-burst', 'payment');
    expect(failing(played)).toBeGreaterThan(0.33);
    expect(failing(played)).toBeLessThan(0.48);
    expect(failing(during(calm, 'error-burst', 'payment'))).toBeLessThan(0.05);
  });

  test('a dependency outage fails nearly all calls, with codes that name it', () => {
    const played = during(logsOf('dependency-outage', 360), 'dependency-outage', 'user');
    expect(failing(played)).toBeGreaterThan(0.9);
    const codes = new Set(played.flatMap(({ error_code }) => error_code ?? []));
    expect(codes).toContain('USER_DB_UNAVAILABLE');
  });

  test('a traffic surge brings more logs of its services, and as many as before of the others', () => {
    const [surge] = incidents(parseScenarios('traffic-surge'), Infinity);
    const played = readLogs(RATE * (420 + 3 * 60), { rate: RATE, scenarios: 'traffic-surge' });
    const perSecond = (service: string, fromMs: number, toMs: number) =>
      played.filter((log) => log.service === service && log.atMs >= fromMs && log.atMs < toMs).length /
      ((toMs - fromMs) / 1000);
    for (const service of SERVICES) {
      const growth = perSecond(service, surge!.startMs, surge!.endMs) / perSecond(service, 0, surge!.startMs);
      const struck = ['auth', 'user'].includes(service);
      if (struck) expect(growth).toBeGreaterThan(3);
      else if (service === 'api-gateway') expect(growth).toBeGreaterThan(2);
      else expect(Math.abs(growth - 1)).toBeLessThan(0.1);
    }
    const total = played.filter(({ atMs }) => atMs >= surge!.startMs && atMs < surge!.endMs).length;
    expect(total / 60 / RATE).toBeCloseTo(3, 1);
  });

  test('the demo is a calm stream between its incidents', () => {
    const played = logsOf('demo', 300);
    const quiet = played.filter(
      ({ atMs }) => !incidents(parseScenarios('demo'), 300_000).some((one) => atMs >= one.startMs && atMs < one.endMs),
    );
    expect(failing(quiet)).toBeLessThan(0.04);
    expect(failing(played)).toBeGreaterThan(failing(quiet) * 1.3);
  });
});
