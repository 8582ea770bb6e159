import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kindOf, type Fault } from '../../../chaos/plan/faults';
import { makePlan, type Plan } from '../../../chaos/plan/plan';
import { runSeed } from '../../../chaos/run-seed';
import { testServers } from '../../support/servers';

const workerCommand = [
  ...[process.execPath, '--require', 'tsx/cjs', join('src', 'workers', 'main.ts')],
  process.env['SLUICE_TEST_WORKFLOW_BUNDLE'] ?? '',
];
const keepFolder = mkdtempSync(join(tmpdir(), 'sluice-chaos-kept-'));
afterAll(() => rmSync(keepFolder, { recursive: true, force: true }));

/** A short plan of the seed's settings, with the faults given: when, for how long, what. */
function shortPlan(seed: number, durationMs: number, workers: number, faults: [number, number, Fault][]): Plan {
  return {
    ...makePlan(seed, durationMs),
    workers,
    load: { recordsPerSecond: 200, bursts: [{ at: 2000, records: 1000 }], poisonShare: 0.02, transactions: true },
    faults: faults.map(([at, lasts, fault]) => ({ at, lasts, kind: kindOf(fault), fault })),
  };
}

async function differencesOf(plan: Plan) {
  const said: string[] = [];
  const result = await runSeed({
    ...{ servers: testServers(), plan, workerCommand, keepFolder, settleLimitMs: 120_000 },
    signal: new AbortController().signal,
    say: (line) => said.push(line),
  });
  expect(said).toHaveLength(plan.faults.length);
  expect(result.faults).toHaveLength(plan.faults.length);
  expect(result.counts.records).toBeGreaterThan(1000);
  expect(result.counts.documents).toBeGreaterThan(1000);
  expect(result.counts.letters).toBeGreaterThan(0);
  return result.differences;
}

describe('a short chaos run', () => {
  test('a worker and Elasticsearch are killed and answers are dropped: every record has one fate', async () => {
    const plan = shortPlan(1001, 20_000, 2, [
      [6000, 3000, { on: 'link', link: 'elasticsearch', worker: 0, fault: { action: 'drop_response' } }],
      [6500, 3000, { on: 'link', link: 'elasticsearch', worker: 1, fault: { action: 'drop_response' } }],
      [9000, 1000, { on: 'worker', action: 'kill', worker: 0 }],
      [12_000, 1000, { on: 'server', server: 'elasticsearch', action: 'kill' }],
    ]);
    expect(await differencesOf(plan)).toEqual([]);
  }, 300_000);

  // Found by seed 11: nobody started the supervisor again unless a worker happened to be restarted later.
  test('Temporal’s database is deleted under a running worker: the mirror has it all', async () => {
    const plan = shortPlan(1002, 14_000, 1, [[7000, 500, { on: 'database' }]]);
    expect(await differencesOf(plan)).toEqual([]);
  }, 300_000);
});
