import type { TestPipeline } from '../../test/support/pipeline';
import { checkAccount } from '../check-account';
import type { Watch } from './watch';

/**
 * A worker's peak memory, at most: its caches full (WORKER_CACHE_BYTES, KAFKA_READ_AHEAD_BYTES), and the compiler that runs
 * it from its sources.
 */
const WORKER_MEMORY_MB = 768;

/** What is wrong after an outage; empty when it was nothing but a delay. */
export async function checkOutage(
  pipeline: TestPipeline,
  watch: Watch,
  { say }: { say: (line: string) => void },
): Promise<string[]> {
  const problems: string[] = [];
  const demand = (holds: boolean, problem: string) => void (holds || problems.push(problem));
  const ends = await watch.offsets.ends(pipeline.topic);
  const produced = sum([...ends.values()].map(({ high }) => high));
  const ledger = await pipeline.ledger(ends.size);
  const documents = await pipeline.countDocuments();
  say(`${produced} produced, ${ledger['indexed']} indexed, ${ledger['duplicate']} duplicate, ${documents} documents`);
  demand(ledger['next'] === produced, `${produced} produced, ${ledger['next']} have a fate`);
  demand(ledger['deadLettered'] === 0, `${ledger['deadLettered']} dead letters`);
  demand(documents === produced, `${produced} produced, ${documents} documents`);
  const letters = sum([...(await watch.offsets.ends(pipeline.deadLetterTopic)).values()].map(({ high }) => high));
  demand(letters === 0, `${letters} messages in the dead-letter topic`);

  problems.push(...(await checkAccount(pipeline, ends.size, say)));

  say(`states seen: ${[...watch.states].sort().join(', ')}`);
  const explained = [...watch.states].some((state) => state.includes('elasticsearch_unavailable'));
  demand(explained, 'no partition ever said that Elasticsearch was away');
  // `absent` is how a pipeline begins; a workflow that went away later shows in its ledger.
  const needed = [...watch.states].filter((state) => /^(halted|stopped)/.test(state));
  demand(needed.length === 0, `a person was needed: ${needed.join(', ')}`);
  demand(
    watch.peakMemoryMb <= WORKER_MEMORY_MB,
    `the worker took ${watch.peakMemoryMb} MB, at most ${WORKER_MEMORY_MB}`,
  );
  return problems;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
