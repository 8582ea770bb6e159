import Table from 'cli-table3';
import type { Client } from '@elastic/elasticsearch';
import { countEvents } from '../count-events';
import { DRAINERS, runDrain, type DrainResult } from '../drain';
import { median } from '../median';
import type { BenchServers } from '../servers';
import { loadConfig } from '../../src/config';
import { makeBacklog, prepareRun, removeRun } from './backlogs';
import type { FullOptions } from './options';

const BATCH_PARTITIONS = 4;

/** What Sluice gave with so many workers on so many partitions. */
export interface Cell {
  workers: number;
  partitions: number;
  /** Records of a batch; absent where it is the default. */
  batch?: number;
  drains: DrainResult[];
  /** Temporal events per million records, by round. */
  events: number[];
}

/** All numbers of workers on all numbers of partitions. */
export function matrixCells({ workers, partitions }: FullOptions): Cell[] {
  return partitions.flatMap((some) =>
    workers.map((count) => ({ workers: count, partitions: some, drains: [], events: [] })),
  );
}

/** Other sizes of batches, by one worker. */
export function batchCells({ batches }: FullOptions): Cell[] {
  return batches.map((batch) => ({ workers: 1, partitions: BATCH_PARTITIONS, batch, drains: [], events: [] }));
}

/** Drains a backlog for each of the cells, so many rounds; each has a topic of its own. */
export async function runCells(
  servers: BenchServers,
  client: Client,
  cells: readonly Cell[],
  { records, rounds }: FullOptions,
  folder: string,
  say: (line: string) => void,
): Promise<void> {
  for (let round = 1; round <= rounds; round += 1) {
    for (const cell of cells) {
      const { workers, partitions, batch } = cell;
      const name = `full-${workers}w-${partitions}p-${batch ?? 'default'}-${round}`;
      const backlog = await makeBacklog(servers, name, partitions, records);
      const run = await prepareRun(client, backlog, name, folder);
      const onDrained = async () => {
        cell.events.push(((await countEvents(servers.temporalAddress, name)) / records) * 1e6);
      };
      const settings = batch === undefined ? {} : { BATCH_MAX_RECORDS: String(batch) };
      const result = await runDrain(servers, client, { ...run, settings, onDrained }, DRAINERS.worker, workers);
      cell.drains.push(result);
      say(`round ${round}: ${nameOf(cell)}: ${Math.round(result.rate)} records/s`);
      await removeRun(servers, client, run);
    }
  }
}

function nameOf({ workers, partitions, batch }: Cell): string {
  return `${workers} workers, ${partitions} partitions${batch === undefined ? '' : `, batches of ${batch}`}`;
}

export function renderCells(cells: readonly Cell[]): string {
  const table = new Table({
    head: [
      'workers',
      'partitions',
      'batch',
      'records/s',
      'worker',
      'Temporal',
      'Kafka',
      'Elasticsearch',
      'events/M',
      'peak MB',
      'Temporal MB/M',
    ],
  });
  for (const { workers, partitions, batch, drains, events } of cells) {
    const cpu = (name: string) => oneDecimal(drains.map(({ cpuPerMillion }) => cpuPerMillion[name] ?? NaN));
    table.push([
      ...[
        workers,
        partitions,
        batch ?? loadConfig({}).pipeline.maxRecords,
        Math.round(median(drains.map(({ rate }) => rate))),
      ],
      ...[cpu('worker'), cpu('temporal'), cpu('kafka'), cpu('elasticsearch')],
      Math.round(median(events)),
      Math.max(...drains.map(({ peakMemoryMb }) => peakMemoryMb)),
      oneDecimal(drains.map(({ writtenPerMillion }) => writtenPerMillion['temporal'] ?? NaN)),
    ]);
  }
  return `CPU seconds per million records by process; the workers' together, the memory of the largest\n${table.toString()}`;
}

function oneDecimal(values: number[]): string {
  return median(values).toFixed(1);
}
