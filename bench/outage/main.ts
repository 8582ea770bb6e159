import { parseArgs } from 'node:util';
import { stopServer, startServer } from '../../test/support/servers';
import { TestPipeline } from '../../test/support/pipeline';
import { waitFor } from '../../test/support/wait-for';
import startServers from '../../test/support/start-servers';
import stopServers from '../../test/support/stop-servers';
import { checkOutage } from './checks';
import { startProducer } from './producer';
import { Watch } from './watch';

const WARM_UP_S = 20;
/** Records still come for this long while the backlog drains; then it must come to 0. */
const OVERLAP_MS = 30_000;
/** How long the backlog may take after the return, as a multiple of the outage, and at least. */
const DRAIN_FACTOR = 2;
const DRAIN_MIN_MS = 300_000;

/**
 * Stops Elasticsearch for some minutes under load, on the real servers with a worker of its own, and checks that it was
 * nothing but a delay. Ends with 1 when anything is wrong.
 */
async function outage(): Promise<boolean> {
  const { minutes, rate } = options();
  await startServers();
  const pipeline = new TestPipeline({ BATCH_LINGER_MS: '1000', COMMIT_INTERVAL_MS: '5000' });
  const worker = pipeline.startWorker();
  const watch = new Watch(pipeline, worker.pid!, say);
  let producer: Awaited<ReturnType<typeof startProducer>> | undefined;
  try {
    await waitFor(async () => (await watch.look()).partitions.length > 0, 90_000);
    producer = startProducer(pipeline, rate);
    say(`${rate} records/s; Elasticsearch stops in ${WARM_UP_S} s and stays away for ${minutes} min`);
    await watch.during(WARM_UP_S * 1000);
    say('Elasticsearch is stopped');
    await stopServer('elasticsearch');
    await watch.during(minutes * 60_000);
    const backlog = (await watch.look()).lag ?? 0;
    say(`Elasticsearch is started again; lag ${backlog}`);
    const returned = Date.now();
    await startServer('elasticsearch');
    say(`it serves after ${seconds(returned)} s`);
    await watch.during(OVERLAP_MS);
    await producer.stop();
    await watch.until(({ lag }) => lag === 0, Math.max(DRAIN_MIN_MS, minutes * 60_000 * DRAIN_FACTOR));
    say(`lag 0 ${seconds(returned)} s after the return`);
    const problems = await checkOutage(pipeline, watch, { say });
    for (const problem of problems) say(`WRONG: ${problem}`);
    say(problems.length === 0 ? 'outage: nothing lost, nothing dead-lettered' : `outage: ${problems.length} wrong`);
    return problems.length === 0;
  } finally {
    await producer?.stop().catch(() => undefined);
    await pipeline.close().catch(() => undefined);
    await stopServers();
  }
}

function options(): { minutes: number; rate: number } {
  const { values } = parseArgs({ options: { minutes: { type: 'string' }, rate: { type: 'string' } } });
  const number = (text: string | undefined, otherwise: number, name: string) => {
    const value = Number(text ?? otherwise);
    if (!(value > 0)) throw new Error(`--${name} must be a number above 0`);
    return value;
  };
  return { minutes: number(values.minutes, 10, 'minutes'), rate: number(values.rate, 1000, 'rate') };
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1000);
}

function say(line: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}

outage().then(
  (fine) => process.exit(fine ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
