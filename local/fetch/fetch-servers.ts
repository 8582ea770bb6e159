import { fetchElasticsearch } from './fetch-elasticsearch';
import { fetchKafka } from './fetch-kafka';
import type { Progress } from './fetch-once';
import { fetchTemporalCli } from './fetch-temporal';
import type { Programs } from './programs';

/** Fetches the three servers of the stack, as far as they are missing. */
export async function fetchServers(programs: Programs, javaHome: string, progress: Progress): Promise<void> {
  const temporal = fetchTemporalCli(programs, progress);
  // One after the other: they share Maven's cache, which only newer Mavens lock.
  const jars = fetchKafka(programs, javaHome, progress).then(() => fetchElasticsearch(programs, javaHome, progress));
  const [first, second] = await Promise.allSettled([temporal, jars]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
}
