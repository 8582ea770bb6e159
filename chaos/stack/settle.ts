import { setTimeout as sleep } from 'node:timers/promises';
import type { Difference } from '../check/compare';
import type { DirectClients } from './clients';
import type { RunNames } from './names';

const POLL_MS = 500;
/** Partition states are looked at this often while faults come. */
const WATCH_MS = 2000;

/**
 * Waits until every partition's ledger and its mirrored commit have reached the end of the partition.
 *
 * @returns what kept it from that, one difference a partition; nothing when all is settled
 */
export async function waitUntilSettled(
  clients: DirectClients,
  names: RunNames,
  partitions: number,
  limitMs: number,
): Promise<Difference[]> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const open = await findUnsettled(clients, names, partitions);
    if (open.length === 0 || Date.now() > deadline) return open;
    await sleep(POLL_MS);
  }
}

async function findUnsettled(clients: DirectClients, names: RunNames, partitions: number): Promise<Difference[]> {
  const stuck = (what: string): Difference => ({ kind: 'stuck', what });
  let ends: Map<number, string>;
  let committed: Map<number, string>;
  try {
    ({ ends, committed } = await readOffsets(clients, names));
  } catch (error) {
    return [stuck(`Kafka does not answer: ${(error as Error).message}`)];
  }
  const found: Difference[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const end = ends.get(partition);
    try {
      const { ledger, status, failure } = await clients.partitionState(names.topic, partition);
      const why = failure ? ` (${failure.code}: ${failure.message})` : '';
      if (ledger.next !== end) {
        found.push(stuck(`partition ${partition} is ${status}${why} at ${ledger.next} of ${end}`));
      } else if (committed.get(partition) !== end && end !== '0') {
        found.push(stuck(`partition ${partition} has committed ${committed.get(partition)} of ${end}`));
      }
    } catch (error) {
      found.push(stuck(`partition ${partition} does not answer: ${(error as Error).message}`));
    }
  }
  return found;
}

async function readOffsets({ kafka }: DirectClients, { topic, groupId }: RunNames) {
  const admin = kafka.admin({ retry: { retries: 1 } });
  await admin.connect();
  try {
    const ends = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, high]));
    const commits = await admin.fetchOffsets({ groupId, topics: [topic] });
    const committed = new Map(
      commits.flatMap((one) => one.partitions).map(({ partition, offset }) => [partition, offset]),
    );
    return { ends, committed };
  } finally {
    await admin.disconnect();
  }
}

/** Looks at every partition's state until told to stop; gives each reason why one halted and so needed a person. */
export async function watchForHalts(
  clients: DirectClients,
  names: RunNames,
  partitions: number,
  signal: AbortSignal,
): Promise<Difference[]> {
  const halts = new Map<string, Difference>();
  while (!signal.aborted) {
    for (let partition = 0; partition < partitions; partition += 1) {
      const state = await clients.partitionState(names.topic, partition).catch(() => undefined);
      if (state?.status !== 'halted') continue;
      const what = `partition ${partition} halted: ${state.failure?.code}: ${state.failure?.message}`;
      halts.set(what, { kind: 'halted', what });
    }
    await sleep(WATCH_MS, undefined, { signal }).catch(() => undefined);
  }
  return [...halts.values()];
}
