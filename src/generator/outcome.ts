import type { Level } from '../domain/record';
import { compileFailures, type HopLines, type Template } from './log-line';
import { share, weighted } from './random';
import type { Scenario } from './scenarios';
import { LEVEL_WEIGHTS, PROFILES, SERVICES, type Service } from './services';
import { UPSTREAM_FAILURES } from './services/api-gateway';
import type { Failure } from './services/profile';

/** How a call went. `failure` is set exactly for the levels warn, error and fatal. */
export interface Outcome {
  level: Level;
  message: Template;
  failure: Failure | undefined;
}

/** What decides an outcome: random numbers, always the same count of them, so that no scenario shifts the stream. */
export interface OutcomeDraws {
  level: number;
  choice: number;
  incident: number;
}

type FailureLevel = Failure['level'];

const pickLevel = weighted(Object.entries(LEVEL_WEIGHTS) as [Level, number][], ([, weight]) => weight);

const templates = compileFailures([
  ...SERVICES.flatMap((service) => [...PROFILES[service].failures, ...PROFILES[service].outage]),
  ...UPSTREAM_FAILURES,
]);
const upstreamByStatus = new Map(UPSTREAM_FAILURES.map((failure) => [failure.status, failure]));

const failuresByLevel = Object.fromEntries(
  SERVICES.map((service) => {
    const ofLevel = (level: FailureLevel) => PROFILES[service].failures.filter((failure) => failure.level === level);
    return [service, { warn: ofLevel('warn'), error: ofLevel('error'), fatal: ofLevel('fatal') }];
  }),
) as Record<Service, Record<FailureLevel, Failure[]>>;

/** How a call to a service goes, in ordinary times and under a scenario that strikes it. */
export function callOutcome(hop: HopLines, draws: OutcomeDraws, scenario: Scenario | undefined): Outcome {
  const struck = scenario !== undefined && scenario.struck.includes(hop.service);
  if (struck && share(draws.incident) < scenario.failing) {
    const ways =
      scenario.kind === 'dependency_outage' ? PROFILES[hop.service].outage : failuresByLevel[hop.service].error;
    return failed(pick(ways, draws.choice));
  }
  const [level] = pickLevel(share(draws.level));
  if (level === 'warn' || level === 'error' || level === 'fatal') {
    return failed(pick(failuresByLevel[hop.service][level], draws.choice));
  }
  return { level, message: pick(level === 'info' ? hop.messages : hop.details, draws.choice), failure: undefined };
}

/** What the gateway reports when a service that it called failed. */
export function upstreamOutcome(cause: Failure): Outcome {
  return failed(upstreamByStatus.get(cause.status === 500 ? 502 : cause.status)!);
}

function failed(failure: Failure): Outcome {
  return { level: failure.level, message: templates.get(failure)!, failure };
}

function pick<T>(items: readonly T[], choice: number): T {
  return items[choice % items.length]!;
}
