import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import { projectRoot } from '../../local/project';
import { FlagError, readFlags } from '../flags';
import { compareCells, costsOf, type Measured } from './measured';
import { NODE_CORES, planCluster } from './plan';
import { simulateDrain } from './simulate';

const HELP = `What the costs measured by \`npm run bench -- --full\` say of larger machines: the simulation beside the runs, and plans. Flags:
  --from .local/bench/full.json   the figures
`;
const RATES = [50_000, 1_000_000];
const BATCHES = [1000, 5000, 16_000];
/** As measured with the generator's logs: a record in Kafka, and a document with all that its index takes. */
const RECORD_BYTES = 355;
const DOCUMENT_BYTES = 205;

function scale(): void {
  const flags = readFlags({ from: { type: 'string' }, help: { type: 'boolean' } });
  if (flags.help) return say(HELP);
  const file = flags.from ?? join(projectRoot(), '.local', 'bench', 'full.json');
  const measured = readMeasured(file);
  const { costs, stepDelay } = costsOf(measured);
  const line = Object.entries(costs.tiers).map(
    ([tier, { perRecord, perBatch }]) =>
      `${tier} ${(perRecord * 1e6).toFixed(1)} + ${(perBatch * 1000).toFixed(0)} ms a batch`,
  );
  say(`CPU seconds per million records: ${line.join(', ')}`);
  say(
    `Temporal events per batch: ${costs.eventsPerBatch.toFixed(1)}; a step waits ${(stepDelay * 1000).toFixed(0)} ms\n`,
  );
  const beside = new Table({ head: ['workers', 'partitions', 'batch', 'measured/s', 'simulated/s', 'off by'] });
  for (const { workers, partitions, batch, rate, simulated } of compareCells(measured, costs, stepDelay)) {
    const off = `${((simulated / rate - 1) * 100).toFixed(0)} %`;
    beside.push([workers, partitions, batch, Math.round(rate), Math.round(simulated), off]);
  }
  say(`${beside.toString()}\n`);
  const alone = { workers: 1, partitions: 1, window: 1, records: 1_000_000, stepDelay };
  const plans = new Table({
    head: [
      'records/s',
      'batch',
      'workers',
      'partitions',
      `nodes of ${NODE_CORES} cores`,
      'Temporal cores',
      'events/s',
      'Temporal GB/day',
      'documents TB/day',
    ],
  });
  for (const rate of RATES) {
    for (const batch of BATCHES) {
      const perPartition = simulateDrain({ ...alone, batch }, costs);
      const demand = {
        recordsPerSecond: rate,
        batch,
        perPartition,
        recordBytes: RECORD_BYTES,
        documentBytes: DOCUMENT_BYTES,
      };
      const plan = planCluster({ ...demand, replicas: 1 }, costs);
      plans.push([
        ...[rate, batch, plan.workers, plan.partitions, plan.elasticsearchNodes, plan.cores.temporal.toFixed(1)],
        ...[
          Math.round(plan.eventsPerSecond),
          plan.temporalGbPerDay.toFixed(1),
          (plan.documentsGbPerDay / 1000).toFixed(1),
        ],
      ]);
    }
  }
  say(`With one replica, and 40 % of every process free:\n${plans.toString()}`);
}

function readMeasured(file: string): Measured {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new FlagError(`there is no ${file}: run \`npm run bench -- --full --only matrix,batches\` first`);
  }
  const { cells, options } = JSON.parse(text) as Measured;
  return { cells, options };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  scale();
} catch (error) {
  process.stderr.write(`${error instanceof FlagError ? error.message : (error as Error).stack}\n`);
  process.exitCode = error instanceof FlagError ? 2 : 1;
}
