import { JOURNEYS, meanHops, type Journey } from './journeys';
import { compileHops, type HopLines } from './log-line';
import { createRandom, mix, share, weighted, type Random } from './random';
import { activeScenario, type Scenario, type ScenarioPlan } from './scenarios';
import type { Failure } from './services/profile';

/** A request under way. */
export interface Request {
  id: string;
  userId: string;
  /** The number of the thing it is about. */
  entity: number;
  hops: readonly HopLines[];
  /** Hops that have written their log. */
  done: number;
  /** The scenario it is under, from its first log to its last. */
  scenario: Scenario | undefined;
  /** The slowest response so far, and the worst failure. */
  slowestMs: number;
  failure: Failure | undefined;
}

export interface RequestOptions {
  seed: number;
  startTime: number;
  plan: ScenarioPlan;
  /** No request lasts longer. */
  longestMs: number;
  random: Random;
}

const USERS = 20_000;

/** Starts requests. A request under a scenario is over when the scenario is: all its logs lie inside. */
export function createRequests({ seed, startTime, plan, longestMs, random }: RequestOptions) {
  const nextId = requestIds(seed, startTime);
  const choose = journeyChooser(createRandom(seed, 1));
  return (positionMs: number): Request => {
    const scenario = activeScenario(plan, positionMs, longestMs);
    const hops = choose(share(random()), share(random()), scenario);
    const skewed = share(random());
    return {
      id: nextId(),
      // Few users are busy, most are not.
      userId: `usr-${String(Math.floor(skewed * skewed * USERS)).padStart(5, '0')}`,
      entity: 10_000 + (random() % 90_000),
      hops,
      done: 0,
      scenario,
      slowestMs: 0,
      failure: undefined,
    };
  };
}

/**
 * Request ids of 16 hexadecimal digits: the first half tells runs apart, the second is a scrambled counter. So no id
 * comes twice within a run, and hardly ever in two. All begin with a letter: 16 decimal digits could be a card's.
 */
export function requestIds(seed: number, startTime: number): () => string {
  const mixed = mix(seed ^ mix((startTime / 2 ** 32) | 0) ^ (mix(startTime | 0) * 31));
  const run = ((mixed & 0x5fffffff) | 0xa0000000) >>> 0;
  let count = 0;
  return () => {
    const id = hex(run + Math.floor(count / 2 ** 32)) + hex(mix(count ^ mixed));
    count++;
    return id;
  };
}

type JourneyChooser = (at: number, extra: number, scenario: Scenario | undefined) => readonly HopLines[];

/**
 * Chooses journeys by weight. In a traffic surge so many of them come from those that touch its services only, that the
 * other services get as many calls per second as before.
 */
function journeyChooser(random: Random): JourneyChooser {
  const compiled = compileHops(random);
  const lines = new Map(
    JOURNEYS.map((journey) => [
      journey,
      journey.hops.map(({ service, endpoint }) => compiled.get(`${service}/${endpoint}`)!),
    ]),
  );
  const byWeight = (journeys: readonly Journey[]) => weighted(journeys, ({ weight }) => weight);
  const ordinary = byWeight(JOURNEYS);
  const surges = new Map<Scenario, { share: number; pick: (at: number) => Journey }>();

  function surge(scenario: Scenario) {
    let found = surges.get(scenario);
    if (!found) {
      const journeys = JOURNEYS.filter(
        ({ hops }) => hops.length > 1 && hops.every(({ service }) => scenario.services.includes(service)),
      );
      const more = meanHops(JOURNEYS) * (scenario.factor - 1);
      found = { share: more / (more + meanHops(journeys)), pick: byWeight(journeys) };
      surges.set(scenario, found);
    }
    return found;
  }

  return (at, extra, scenario) => {
    if (scenario?.kind !== 'traffic_surge') return lines.get(ordinary(at))!;
    const { share: extraShare, pick } = surge(scenario);
    return lines.get((extra < extraShare ? pick : ordinary)(at))!;
  };
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
