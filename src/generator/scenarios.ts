import type { Service } from './services';

export type IncidentKind = 'latency_spike' | 'error_burst' | 'dependency_outage' | 'traffic_surge';

/** The ground truth of one incident: what a detector should find, and where. Times in ms from the first log. */
export interface Incident {
  name: string;
  kind: IncidentKind;
  /** Every service whose logs change: those struck, and the gateway, which passes on what it gets. */
  services: readonly Service[];
  /** From here on, inclusive. */
  startMs: number;
  /** Up to here, exclusive. */
  endMs: number;
}

/** An incident with its strength. */
export interface Scenario extends Incident {
  /** The services where it begins; the gateway is struck through them only. */
  struck: readonly Service[];
  /** latency_spike: times the response time. traffic_surge: times the logs per second of the whole stream. */
  factor: number;
  /** error_burst, dependency_outage: share of the requests that fail because of it. */
  failing: number;
}

/** What the generator plays: scenarios, and after how long they begin again (undefined: never). */
export interface ScenarioPlan {
  scenarios: readonly Scenario[];
  cycleMs: number | undefined;
}

/** Names an unknown scenario and lists the known ones. */
export class UnknownScenarioError extends Error {
  override readonly name = 'UnknownScenarioError';
}

const SECOND = 1000;

function scenario(
  name: string,
  kind: IncidentKind,
  struck: Service[],
  [startS, endS]: [number, number],
  strength: { factor?: number; failing?: number },
): Scenario {
  return {
    name,
    kind,
    struck,
    services: [...struck, 'api-gateway'],
    startMs: startS * SECOND,
    endMs: endS * SECOND,
    factor: strength.factor ?? 1,
    failing: strength.failing ?? 0,
  };
}

/** The scenarios that can be asked for by name; none overlaps another, so they can be played together. */
export const SCENARIOS: readonly Scenario[] = [
  scenario('latency-spike', 'latency_spike', ['inventory'], [60, 120], { factor: 15 }),
  scenario('error-burst', 'error_burst', ['payment'], [180, 240], { failing: 0.4 }),
  scenario('dependency-outage', 'dependency_outage', ['user'], [300, 360], { failing: 0.95 }),
  scenario('traffic-surge', 'traffic_surge', ['auth', 'user'], [420, 480], { factor: 3 }),
];

/** Gentle incidents, so that whoever watches sees one within a minute, and the calm between them. */
const DEMO: ScenarioPlan = {
  cycleMs: 300 * SECOND,
  scenarios: [
    scenario('demo-latency-spike', 'latency_spike', ['inventory'], [30, 60], { factor: 8 }),
    scenario('demo-error-burst', 'error_burst', ['payment'], [90, 120], { failing: 0.15 }),
    scenario('demo-dependency-outage', 'dependency_outage', ['user'], [150, 180], { failing: 0.5 }),
    scenario('demo-traffic-surge', 'traffic_surge', ['auth', 'user'], [210, 240], { factor: 2 }),
  ],
};

/**
 * The plan for the setting GENERATOR_SCENARIOS: `none`, `demo`, or names separated by commas.
 *
 * @throws UnknownScenarioError
 */
export function parseScenarios(setting: string): ScenarioPlan {
  const names = [...new Set(setting.split(',').map((name) => name.trim()))].filter(Boolean);
  if (names.length === 0 || (names.length === 1 && names[0] === 'none')) return { scenarios: [], cycleMs: undefined };
  if (names.length === 1 && names[0] === 'demo') return DEMO;
  const known = new Map(SCENARIOS.map((one) => [one.name, one]));
  const scenarios = names.map((name) => {
    const found = known.get(name);
    if (!found) {
      const choice = ['none', 'demo', ...known.keys()].join(', ');
      throw new UnknownScenarioError(
        `GENERATOR_SCENARIOS: "${name}" is not a scenario, or stands beside others and must stand alone; known: ${choice}`,
      );
    }
    return found;
  });
  return { scenarios, cycleMs: undefined };
}

/** The ground truth: every incident that begins before `untilMs`, in order, repeated ones once per cycle. */
export function incidents(plan: ScenarioPlan, untilMs: number): Incident[] {
  const found: Incident[] = [];
  for (let shiftMs = 0; shiftMs < untilMs; shiftMs += plan.cycleMs ?? Infinity) {
    for (const { name, kind, services, startMs, endMs } of plan.scenarios) {
      if (startMs + shiftMs >= untilMs) continue;
      found.push({ name, kind, services, startMs: startMs + shiftMs, endMs: endMs + shiftMs });
    }
  }
  return found.sort((one, other) => one.startMs - other.startMs);
}

/**
 * The scenario that is on at a time, if any.
 *
 * @param leadMs leaves it this much before its end, so that what begins now is over by then.
 */
export function activeScenario(plan: ScenarioPlan, atMs: number, leadMs = 0): Scenario | undefined {
  const inCycleMs = plan.cycleMs === undefined ? atMs : atMs % plan.cycleMs;
  return plan.scenarios.find((one) => inCycleMs >= one.startMs && inCycleMs < one.endMs - leadMs);
}
