import { loadConfig } from '../../src/config';
import { windowOf } from '../../src/workers/start-pipeline';
import { FlagError } from '../flags';
import type { Cell } from '../full/run-matrix';
import { median } from '../median';
import { fitCost, TIERS, type Costs, type Point, type Tier } from './costs';
import { simulateDrain, type Setup } from './simulate';

/** What `npm run bench -- --full` leaves in `full.json`, as far as it is used here. */
export interface Measured {
  cells: Cell[];
  options: { records: number };
}

/** Of the machine on which all of it ran. */
const CORES = 2;
const SEARCH_STEPS = 30;

/**
 * Costs from the runs of one worker with several sizes of batches, and the wait of a step from the one run on a single
 * partition: all other runs are told by the simulation alone.
 *
 * @throws FlagError when these runs are not there
 */
export function costsOf(measured: Measured): { costs: Costs; stepDelay: number } {
  const { cells } = measured;
  const sizes = cells.filter(({ workers, partitions }) => workers === 1 && partitions === 4);
  const alone = cells.find(
    ({ workers, partitions, batch }) => workers === 1 && partitions === 1 && batch === undefined,
  );
  if (sizes.length < 2 || alone === undefined) {
    throw new FlagError('the figures need runs of one worker on 1 and on 4 partitions, and several sizes of batches');
  }
  const fit = (secondsPerMillion: (cell: Cell) => number) =>
    fitCost(
      sizes.map((cell): Point => {
        return { batchesPerRecord: 1 / batchOf(cell), secondsPerRecord: secondsPerMillion(cell) / 1e6 };
      }),
    );
  const ofDrains = (what: 'cpuPerMillion' | 'writtenPerMillion', tier: Tier) => (cell: Cell) =>
    median(cell.drains.map((drain) => drain[what][tier] ?? 0));
  const tiers = Object.fromEntries(TIERS.map((tier) => [tier, fit(ofDrains('cpuPerMillion', tier))])) as Costs['tiers'];
  const costs: Costs = {
    tiers,
    eventsPerBatch: fit(({ events }) => median(events)).perBatch,
    temporalBytesPerBatch: fit(ofDrains('writtenPerMillion', 'temporal')).perBatch * 1e6,
  };
  return { costs, stepDelay: findDelay(alone, measured.options.records, costs) };
}

/** The wait with which the simulation of a run gives the rate that was measured; 0 where even that is slower. */
function findDelay(cell: Cell, records: number, costs: Costs): number {
  const wanted = rateOf(cell);
  let [low, high] = [0, 2];
  for (let step = 0; step < SEARCH_STEPS; step += 1) {
    const middle = (low + high) / 2;
    if (simulateDrain(setupOf(cell, records, middle), costs) > wanted) low = middle;
    else high = middle;
  }
  return low;
}

/** Each run, and what the simulation says of it. */
export function compareCells(
  { cells, options }: Measured,
  costs: Costs,
  stepDelay: number,
): { workers: number; partitions: number; batch: number; rate: number; simulated: number }[] {
  return cells.map((cell) => ({
    ...{ workers: cell.workers, partitions: cell.partitions, batch: batchOf(cell), rate: rateOf(cell) },
    simulated: simulateDrain(setupOf(cell, options.records, stepDelay), costs),
  }));
}

function setupOf(cell: Cell, records: number, stepDelay: number): Setup {
  const { workers, partitions } = cell;
  return {
    ...{ workers, partitions, records, stepDelay },
    batch: batchOf(cell),
    window: windowOf(loadConfig({}).pipeline.window, partitions),
    cores: CORES,
  };
}

function rateOf({ drains }: Cell): number {
  return median(drains.map(({ rate }) => rate));
}

function batchOf({ batch }: Cell): number {
  return batch ?? loadConfig({}).pipeline.maxRecords;
}
