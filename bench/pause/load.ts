import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createOffsetReader } from '../../src/kafka/offsets';
import { projectRoot } from '../../local/project';
import type { TestPipeline } from '../../test/support/pipeline';
import { waitFor } from '../../test/support/wait-for';
import { endWithUs } from '../end-with-us';

/** A backlog that is kept up, and how the pipeline does with it. */
export interface TestLoad {
  /** Produces the wanted number of records when less than half of it is left to read. */
  keepUp(): Promise<void>;
  /** Waits until every partition has moved on by a batch. */
  moves(): Promise<true>;
  /** True when every partition has a batch in flight that Elasticsearch does not take. */
  waits(): Promise<boolean>;
}

/** How long a batch in flight must have stood when Elasticsearch takes nothing. */
const STANDS_MS = 3000;

export function createTestLoad(pipeline: TestPipeline, partitions: number, records: number): TestLoad {
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  const states = () => Promise.all(all.map((partition) => pipeline.partitionState(partition)));
  const nexts = async () => (await states()).map(({ ledger }) => Number(ledger.next));
  let stands: { since: number; nexts: string } = { since: Infinity, nexts: '' };

  async function backlog(): Promise<number> {
    const offsets = createOffsetReader(pipeline.kafka);
    // Right after its creation a topic has no leaders.
    const ends = await waitFor(() => offsets.ends(pipeline.topic)).finally(() => offsets.close());
    const produced = [...ends.values()].reduce((sum, { high }) => sum + high, 0);
    const done = await nexts().catch(() => [0]);
    return produced - done.reduce((sum, next) => sum + next, 0);
  }

  return {
    async keepUp() {
      if ((await backlog()) >= records / 2) return;
      const generator = endWithUs(
        spawn(process.execPath, ['dist/src/generator/main.js'], {
          cwd: projectRoot(),
          env: { ...pipeline.env, GENERATOR_RATE: '0', GENERATOR_COUNT: String(records) },
          stdio: ['ignore', 'ignore', 'inherit'],
        }),
      );
      const [code] = (await once(generator, 'exit')) as [number | null];
      if (code !== 0) throw new Error(`the generator ended with ${code}`);
    },
    async moves() {
      const before = await waitFor(nexts, 120_000);
      return waitFor(
        async () => (await nexts()).every((next, partition) => next > before[partition]!) && true,
        120_000,
      );
    },
    async waits() {
      const now = await states();
      const seen = JSON.stringify(now.map(({ ledger }) => ledger.next));
      const flying = now.every(({ inFlight }) => inFlight.length > 0);
      if (!flying || seen !== stands.nexts) stands = { since: Date.now(), nexts: seen };
      return flying && Date.now() - stands.since >= STANDS_MS;
    },
  };
}
