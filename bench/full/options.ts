import { FlagError, wholeFlag, wholesFlag } from '../flags';

/** The parts of a full run. */
export const PARTS = ['matrix', 'batches', 'peers', 'kill'] as const;
export type Part = (typeof PARTS)[number];

/** What a full run is to do. */
export interface FullOptions {
  /** Records of each backlog. */
  records: number;
  workers: number[];
  partitions: number[];
  /** Records of a batch, for runs with one worker beside those of the default. */
  batches: number[];
  rounds: number;
  only: readonly Part[];
}

export const HELP = `Without flags: Sluice beside bare bulk requests and a plain loop, three rounds; see docs/performance.md. Flags:
  --full                  every number of workers on every number of partitions, then the peers, then what a kill -9 loses
  --records 500000        records of each backlog
  --workers 1,2,4         numbers of workers
  --partitions 1,4,8      numbers of partitions
  --batches 1000,3000,8000
                          further sizes of batches, with one worker on four partitions
  --rounds 1              how often each; medians are shown
  --only matrix,batches,peers,kill
                          parts of it
A peer that is not installed is left out and named: rsyslogd with its modules for Kafka and Elasticsearch (Debian: rsyslog-kafka and
rsyslog-elasticsearch; another program by BENCH_RSYSLOGD), and bento (BENCH_BENTO).
`;

const text = { type: 'string' } as const;
export const FULL_FLAGS = {
  records: text,
  workers: text,
  partitions: text,
  batches: text,
  rounds: text,
  only: text,
} as const;

/** @throws FlagError in words */
export function readFullOptions(flags: Partial<Record<keyof typeof FULL_FLAGS, string>>): FullOptions {
  const partitions = wholesFlag('partitions', flags.partitions ?? '1,4,8');
  const workers = wholesFlag('workers', flags.workers ?? '1,2,4');
  if (Math.max(...workers) > 16) throw new FlagError('--workers is at most 16');
  if (Math.max(...partitions) > 64) throw new FlagError('--partitions is at most 64');
  return {
    ...{ partitions, workers },
    batches: wholesFlag('batches', flags.batches ?? '1000,3000,8000'),
    records: wholeFlag('records', flags.records ?? '500000', 10_000),
    rounds: wholeFlag('rounds', flags.rounds ?? '1'),
    only: parts(flags.only ?? PARTS.join(',')),
  };
}

function parts(list: string): Part[] {
  return list.split(',').map((name) => {
    const part = PARTS.find((one) => one === name.trim());
    if (part === undefined) throw new FlagError(`--only takes ${PARTS.join(', ')}, not ${JSON.stringify(name)}`);
    return part;
  });
}
