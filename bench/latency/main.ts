import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { localFolder } from '../../local/local-folder';
import { TraceCollector } from '../../test/support/trace-collector';
import { FlagError, readFlags, wholeFlag, wholesFlag } from '../flags';
import { describeMachine } from '../machine';
import { startOwnStack } from '../own-stack';
import { isMet, judgeAims, verdict, type LatencyResult } from './aims';
import { measureIdle, measureRate, type Bench } from './measure';
import { openTopicReader } from './read-stamps';
import { renderLatency } from './report';

const OUT = join(localFolder(process.env), 'bench');
const NAME = 'latency';
/** Spans leave the worker seldom: sending them is not what is measured. */
const TRACES_DELAY_MS = 5000;

/**
 * From when a log is made until it can be searched, at several rates, with the CPU that it takes, on a stack of its own.
 *
 * @returns whether every aim was measured and met
 */
async function bench(): Promise<boolean> {
  const loadBefore = loadavg()[0]!;
  const { rates, seconds, repetitions, idleSeconds } = options();
  say(
    `${rates.join(', ')} records/s, ${seconds} s each, ${repetitions} times, ${idleSeconds} s idle; ${describeMachine()}`,
  );
  mkdirSync(OUT, { recursive: true });
  const traces = new TraceCollector();
  const tracing = { ...(await traces.start()), OTEL_BSP_SCHEDULE_DELAY: String(TRACES_DELAY_MS) };
  const stack = await startOwnStack(NAME, join(OUT, 'latency-logs'), tracing);
  const client = createElasticsearch({ url: stack.servers.elasticsearchUrl, requestTimeoutMs: 30_000 });
  const result: LatencyResult = { runs: [], idle: [] };
  try {
    const reader = await openTopicReader(stack.servers.brokers, NAME);
    const of: Bench = { stack, client, index: `${NAME}-2*`, reader, traces, logFolder: join(OUT, 'latency-logs') };
    for (let round = 1; round <= repetitions; round += 1) {
      for (const rate of rates) {
        const run = await measureRate(of, rate, seconds);
        result.runs.push(run);
        say(
          `round ${round}, ${rate}/s: p50 ${Math.round(run.ages.total.p50)}, p99 ${Math.round(run.ages.total.p99)} ms`,
        );
      }
      if (idleSeconds > 0) result.idle.push(await measureIdle(of, idleSeconds));
    }
    await reader.close();
  } finally {
    await client.close();
    await stack.stop();
    traces.close();
  }
  const aims = judgeAims(result);
  const file = join(OUT, 'latency.json');
  const about = { measuredAt: new Date().toISOString(), machine: describeMachine(), loadBefore, seconds, idleSeconds };
  writeFileSync(file, `${JSON.stringify({ ...about, ...result, aims }, null, 2)}\n`);
  say(renderLatency(result));
  say(`all figures: ${file}`);
  say(verdict(aims));
  return aims.every(isMet);
}

function options() {
  const text = { type: 'string' } as const;
  const values = readFlags({ rates: text, seconds: text, repetitions: text, 'idle-seconds': text });
  return {
    rates: wholesFlag('rates', values.rates ?? '100,1000,5000'),
    seconds: wholeFlag('seconds', values.seconds ?? '60'),
    repetitions: wholeFlag('repetitions', values.repetitions ?? '3'),
    idleSeconds: wholeFlag('idle-seconds', values['idle-seconds'] ?? '60', 0),
  };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

bench().then(
  (fine) => process.exit(fine ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${error instanceof FlagError ? error.message : (error as Error).stack}\n`);
    process.exit(error instanceof FlagError ? 2 : 1);
  },
);
