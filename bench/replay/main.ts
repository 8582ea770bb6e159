import { loadavg } from 'node:os';
import { createTemporalReplays } from '../../src/api/replays/temporal-replays';
import { orderReplay } from '../../src/domain/order-replay';
import { isReplayOver, type ReplayOrder, type StoredReplay } from '../../src/domain/replay';
import { createReplayStore } from '../../src/elasticsearch/replay-store';
import { generatedMessages } from '../../test/support/log-records';
import { TestPipeline } from '../../test/support/pipeline';
import startServers from '../../test/support/start-servers';
import stopServers from '../../test/support/stop-servers';
import { waitFor } from '../../test/support/wait-for';
import { median } from '../median';
import { countVersions, deleteHalf, doneRanges, findTears, sequenceNumbers } from './checks';
import { measureFreshness } from './freshness';

const RECORDS = Number(process.env['REPLAY_RECORDS'] ?? 200_000);
const PAIRS = Number(process.env['REPLAY_PAIRS'] ?? 3);
const SECONDS = Number(process.env['REPLAY_SECONDS'] ?? 20);
const LIVE_RATE = Number(process.env['REPLAY_LIVE_RATE'] ?? 300);
const CAP = Number(process.env['REPLAY_CAP'] ?? 1000);
const MAX_RATIO = 1.5;
const LIMIT_MS = 900_000;

const problems: string[] = [];

/** What a replay promises, held against the real servers with a worker of its own. Ends with 1 when anything is wrong. */
async function check(): Promise<boolean> {
  await startServers();
  const pipeline = new TestPipeline({ BATCH_LINGER_MS: '1000', COMMIT_INTERVAL_MS: '5000' });
  try {
    await pipeline.createTopic(4);
    await pipeline.produce(generatedMessages(RECORDS, 1).map((one, i) => ({ ...one, partition: i % 4 })));
    let worker = pipeline.startWorker();
    await pipeline.settled(RECORDS, 4, LIMIT_MS);
    const replays = new Replays(pipeline);

    const before = await sequenceNumbers(pipeline.elasticsearch, pipeline.topic);
    const started = Date.now();
    const repaired = await replays.run({ mode: 'repair' });
    const seconds = (Date.now() - started) / 1000;
    say(`repair of ${RECORDS}: ${JSON.stringify(repaired.progress?.counts)} in ${seconds.toFixed(1)} s`);
    const after = await sequenceNumbers(pipeline.elasticsearch, pipeline.topic);
    const versions = await countVersions(pipeline.elasticsearch, pipeline.topic);
    expect('repair: no write to any document', after, before);
    expect('repair: every document has its first version', versions, { 1: RECORDS });

    await pipeline.killWorker(worker);
    worker = pipeline.startWorker({ SCORE_WARN: '33' });
    await waitFor(async () => (await pipeline.supervisorState()).epoch.number === 2, 120_000);
    await replays.cancelAndResume({ mode: 'rescore' });
    expect('rescore: each version is the new epoch', await countVersions(pipeline.elasticsearch, pipeline.topic), {
      2: RECORDS,
    });
    await comparePairs(pipeline, replays, 'rescore');
    await comparePairs(pipeline, replays, 'repair');
  } finally {
    await pipeline.close().catch(() => undefined);
    await stopServers();
  }
  for (const problem of problems) say(`WRONG: ${problem}`);
  return problems.length === 0;
}

/**
 * How fresh the live pipeline is beside a capped replay and without one, in pairs whose order changes. The rescore finds
 * every document there; the repair writes half of them, which are deleted beforehand.
 */
async function comparePairs(pipeline: TestPipeline, replays: Replays, mode: 'rescore' | 'repair'): Promise<void> {
  await measureFreshness(pipeline, LIVE_RATE, 5);
  const ratios: number[] = [];
  for (let pair = 1; pair <= PAIRS; pair += 1) {
    const p99: Partial<Record<'with' | 'without', number>> = {};
    for (const side of pair % 2 === 0 ? (['with', 'without'] as const) : (['without', 'with'] as const)) {
      if (side === 'with' && mode === 'repair') {
        say(`deleted ${await deleteHalf(pipeline.elasticsearch, pipeline.topic)} documents`);
      }
      const id = side === 'with' ? await replays.order({ mode, recordsPerSecond: CAP }) : undefined;
      if (id) await replays.reaches(id, ({ status }) => status === 'running');
      const fresh = await measureFreshness(pipeline, LIVE_RATE, SECONDS);
      p99[side] = fresh.p99;
      const done = id && (await replays.cancel(id));
      say(
        `pair ${pair} ${side}: p50 ${fresh.p50} ms, p99 ${fresh.p99} ms of ${fresh.records}${done ? `; ${done}` : ''}`,
      );
    }
    ratios.push(p99.with! / p99.without!);
    say(`pair ${pair}: ratio ${ratios.at(-1)!.toFixed(2)}; load ${loadavg()[0]!.toFixed(1)}`);
  }
  const ratio = median(ratios);
  say(`live p99 beside a ${mode} of ${CAP}/s: ${ratio.toFixed(2)} times the one without, at most ${MAX_RATIO}`);
  if (ratio > MAX_RATIO) problems.push(`${mode}: freshness ratio ${ratio.toFixed(2)}`);
}

class Replays {
  readonly #store;
  readonly #workflows;
  #count = 0;

  constructor(private readonly pipeline: TestPipeline) {
    this.#store = createReplayStore(pipeline.elasticsearch, { indexPrefix: pipeline.topic });
    this.#workflows = createTemporalReplays(pipeline.temporal, pipeline.topic);
  }

  async order(wanted: Pick<ReplayOrder, 'mode' | 'recordsPerSecond'>): Promise<string> {
    const id = `check-${(this.#count += 1)}`;
    const { topic } = this.pipeline;
    const order = { id, topic, dryRun: false, actor: 'check', orderedAt: new Date().toISOString(), ...wanted };
    await orderReplay(order, { replayStore: this.#store, replayRuns: this.#workflows });
    return id;
  }

  reaches(id: string, wanted: (replay: StoredReplay) => boolean): Promise<StoredReplay> {
    return waitFor(async () => {
      const stored = await this.#store.read(id);
      return stored && wanted(stored) && stored;
    }, LIMIT_MS);
  }

  async run(wanted: Pick<ReplayOrder, 'mode'>): Promise<StoredReplay> {
    const id = await this.order(wanted);
    const ended = await this.reaches(id, ({ status }) => isReplayOver(status));
    expect(`${wanted.mode} ${id}: its end`, ended.status, 'done');
    return ended;
  }

  /** @returns what was done by then */
  async cancel(id: string): Promise<string> {
    await this.#workflows.send(this.pipeline.topic, id, 'cancel', { actor: 'check' });
    const { progress, status } = await this.reaches(id, (replay) => isReplayOver(replay.status));
    const { activeMs, counts } = progress!;
    return `replay ${status}: ${counts.written} written, ${counts.present} present in ${(activeMs / 1000).toFixed(1)} s`;
  }

  async cancelAndResume(wanted: Pick<ReplayOrder, 'mode'>): Promise<void> {
    const { topic, temporal } = this.pipeline;
    const id = await this.order(wanted);
    await waitFor(async () => {
      const { state } = await this.#workflows.read(topic, id);
      return (state?.progress.counts.written ?? 0) > 0;
    }, LIMIT_MS);
    const cancelled = await this.cancel(id);
    await this.#store.update(id, { status: 'ordered' });
    await this.#workflows.start(topic, id);
    const ended = await this.reaches(id, ({ status }) => isReplayOver(status));
    say(`${wanted.mode}: ${cancelled}; then ${ended.status}: ${JSON.stringify(ended.progress?.counts)}`);
    const tears = findTears((await this.#store.readPlan(id))!, await doneRanges(temporal, topic, id));
    expect(`${wanted.mode}: no range twice and none left out`, tears, []);
  }
}

function expect(what: string, found: unknown, wanted: unknown): void {
  const right = JSON.stringify(found) === JSON.stringify(wanted);
  say(`${right ? 'ok' : 'WRONG'}: ${what}`);
  if (!right) problems.push(`${what}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
}

function say(line: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}

check().then(
  (fine) => process.exit(fine ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
