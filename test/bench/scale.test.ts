import { fitCost, type Costs } from '../../bench/scale/costs';
import { planCluster } from '../../bench/scale/plan';
import { simulateDrain, type Setup } from '../../bench/scale/simulate';

const costs: Costs = {
  tiers: {
    worker: { perRecord: 10e-6, perBatch: 0.02 },
    temporal: { perRecord: 0, perBatch: 0.06 },
    kafka: { perRecord: 1e-6, perBatch: 0 },
    elasticsearch: { perRecord: 40e-6, perBatch: 0 },
  },
  eventsPerBatch: 18,
  temporalBytesPerBatch: 30_000,
};
const setup: Setup = {
  workers: 1,
  partitions: 4,
  batch: 10_000,
  window: 2,
  cores: 2,
  records: 1_000_000,
  stepDelay: 0,
};
const perMillion = 10 + 2 + 6 + 1 + 40;

describe('costs', () => {
  it('are the line through what was measured', () => {
    const point = (batch: number) => ({ batchesPerRecord: 1 / batch, secondsPerRecord: 12e-6 + 0.03 / batch });
    const { perRecord, perBatch } = fitCost([1000, 3000, 10_000].map(point));
    expect(perRecord).toBeCloseTo(12e-6, 12);
    expect(perBatch).toBeCloseTo(0.03, 9);
  });

  it('are never below nothing', () => {
    const falling = [
      { batchesPerRecord: 0.001, secondsPerRecord: 1e-6 },
      { batchesPerRecord: 0.0001, secondsPerRecord: 2e-6 },
    ];
    expect(fitCost(falling)).toEqual({ perBatch: 0, perRecord: 1.5e-6 });
    const steep = [
      { batchesPerRecord: 0.001, secondsPerRecord: 9e-6 },
      { batchesPerRecord: 0.0001, secondsPerRecord: 0 },
    ];
    const { perRecord, perBatch } = fitCost(steep);
    expect(perRecord).toBe(0);
    expect(perBatch).toBeGreaterThan(0);
  });

  it('need more than one size of batches', () => {
    const point = { batchesPerRecord: 0.001, secondsPerRecord: 1e-6 };
    expect(() => fitCost([point, point])).toThrow('two sizes');
  });
});

describe('the simulation', () => {
  it('gives the rate that the cores allow when nothing else limits it', () => {
    expect(simulateDrain(setup, costs)).toBeGreaterThan(0.95 * (2e6 / perMillion));
    expect(simulateDrain(setup, costs)).toBeLessThanOrEqual(1.001 * (2e6 / perMillion));
  });

  it('gives one batch after the other no more than one core', () => {
    const alone = { ...setup, partitions: 1, window: 1 };
    expect(simulateDrain(alone, costs)).toBeCloseTo(1e6 / perMillion, -1);
  });

  it('is slowed by waits where one batch follows the other', () => {
    const alone = { ...setup, partitions: 1, window: 1, batch: 10_000 };
    // 100 batches with two waits each.
    expect(simulateDrain({ ...alone, stepDelay: 0.1 }, costs)).toBeCloseTo(1e6 / (perMillion + 20), -1);
  });

  it('has no use for more workers than cores, and much for them where each tier has its own', () => {
    const many = { ...setup, partitions: 16 };
    const rate = (change: Partial<Setup>) => simulateDrain({ ...many, ...change }, costs);
    expect(rate({ workers: 4 }) / rate({ workers: 1 })).toBeLessThan(1.1);
    const cluster = { cores: Infinity };
    expect(rate({ ...cluster, workers: 4 }) / rate({ ...cluster, workers: 1 })).toBeGreaterThan(2);
  });

  it('drains backlogs that are no whole number of batches', () => {
    expect(simulateDrain({ ...setup, records: 12_345, partitions: 3 }, costs)).toBeGreaterThan(0);
  });
});

describe('a plan', () => {
  const demand = {
    ...{ recordsPerSecond: 50_000, batch: 10_000, perPartition: 10_000 },
    ...{ recordBytes: 355, documentBytes: 205, replicas: 1 },
  };

  it('counts what is busy, and leaves 40 % of it free', () => {
    const plan = planCluster(demand, costs);
    expect(plan.batchesPerSecond).toBe(5);
    expect(plan.eventsPerSecond).toBe(90);
    expect(plan.cores.worker).toBeCloseTo(0.6);
    expect(plan.cores.temporal).toBeCloseTo(0.3);
    expect(plan.cores.elasticsearch).toBeCloseTo(4);
    expect(plan).toMatchObject({ workers: 1, partitions: 9, elasticsearchNodes: 2 });
    expect(plan.temporalGbPerDay).toBeCloseTo(12.96);
  });

  it('is cheaper for Temporal by as much as batches are larger', () => {
    const larger = planCluster({ ...demand, batch: 20_000 }, costs);
    expect(larger.cores.temporal / planCluster(demand, costs).cores.temporal).toBeCloseTo(0.5);
  });
});
