import { createReplayStore } from '../../src/elasticsearch/replay-store';
import { createTemporalAudits } from '../../src/api/pipeline/temporal-audits';
import { createTemporalReplays } from '../../src/api/replays/temporal-replays';
import type { AuditView } from '../../src/api/schemas/audit';
import type { ReplayView } from '../../src/api/schemas/replays';
import { loadConfig } from '../../src/config';
import { imbalance } from '../../src/domain/ledger';
import type { PartitionState } from '../../src/workflows/contract';
import { client } from '../api/fakes';
import { StoredLog } from '../support/damage-log';
import { generatedMessages } from '../support/log-records';
import { TestPipeline } from '../support/pipeline';
import { openOperationsApi, sluice } from '../support/sluice-command';
import { waitFor } from '../support/wait-for';

jest.setTimeout(240_000);

/** Two partitions of three batches; the second one of partition 0 is damaged on the broker's disk. */
describe('a record batch that cannot be read, on the real servers', () => {
  const EACH = 400;
  const open: TestPipeline[] = [];
  afterAll(() => Promise.all(open.map((pipeline) => pipeline.close())), 60_000);

  async function start(settings: Record<string, string> = {}) {
    const pipeline = new TestPipeline(settings);
    open.push(pipeline);
    await pipeline.createTopic(2);
    for (const seed of [1, 2, 3]) {
      const messages = generatedMessages(EACH, seed);
      await pipeline.produce([0, 1].flatMap((partition) => messages.map((one) => ({ ...one, partition }))));
    }
    const log = new StoredLog(pipeline.topic);
    const flip = () => log.flip(log.batches()[1]!, -40);
    flip();
    pipeline.startWorker();
    return { pipeline, mend: flip };
  }

  const reaches = (pipeline: TestPipeline, wanted: (state: PartitionState) => boolean, partition = 0) =>
    waitFor(async () => {
      const state = await pipeline.partitionState(partition).catch(() => undefined);
      return state && wanted(state) && state;
    }, 90_000);
  /** Halted, and what stands before the batch is booked. */
  const halted = (pipeline: TestPipeline, but?: PartitionState) =>
    reaches(
      pipeline,
      ({ failure, ledger }) => failure !== undefined && failure.at !== but?.failure?.at && ledger.next === `${EACH}`,
    );

  test('its partition halts before it, with its range, and the other one goes on; given up, it is accounted for', async () => {
    const { pipeline } = await start();
    const first = await halted(pipeline);
    expect(first).toMatchObject({
      status: 'halted',
      failure: { code: 'batch_unreadable', gap: { from: `${EACH}`, to: `${2 * EACH}` } },
      ledger: { next: `${EACH}`, indexed: EACH },
    });
    const other = await reaches(pipeline, ({ ledger }) => ledger.next === `${3 * EACH}`, 1);
    expect(other).toMatchObject({ status: 'running', ledger: { indexed: 3 * EACH } });

    const api = await openOperationsApi(pipeline);
    const command = (...args: string[]) => sluice(api.url, args);
    try {
      expect(await command('status')).toContain('batch_unreadable');
      // Tried again, it is as damaged as before.
      await command('resume');
      const second = await halted(pipeline, first);
      expect(second).toMatchObject({ failure: { code: 'batch_unreadable' }, ledger: { next: `${EACH}` } });
      await command('accept-gap', '--partition', '0', '--to', `${2 * EACH - 1}`, '--reason', 'too little');
      const third = await halted(pipeline, second);
      expect(third.ledger.next).toBe(`${EACH}`);
      expect(await command('accept-gap', '--partition', '0', '--reason', 'lost')).toContain('accept-gap was taken');
    } finally {
      await api.close();
    }
    const done = await reaches(pipeline, ({ ledger }) => ledger.next === `${3 * EACH}`);
    expect(done).toMatchObject({ status: 'running', ledger: { indexed: 2 * EACH, lostUpstream: EACH, void: 0 } });
    expect(done.lost).toMatchObject([{ from: `${EACH}`, to: `${2 * EACH}`, lost: EACH }]);
    expect(imbalance(done.ledger)).toBe(0);
    expect(await pipeline.countDocuments()).toBe(5 * EACH);

    const app = client({
      audits: createTemporalAudits(pipeline.temporal, pipeline.topic),
      replays: {
        store: createReplayStore(pipeline.elasticsearch, loadConfig(pipeline.env).elasticsearch),
        workflows: createTemporalReplays(pipeline.temporal, pipeline.topic),
      },
      settings: {
        ...{ topic: pipeline.topic, groupId: pipeline.topic, partitions: 2 },
        ...{ namespace: 'default', uiUrl: 'http://127.0.0.1', corsOrigins: [] },
      },
      now: Date.now,
    });
    const audit = async () => {
      const { body } = await app.post('/pipeline/audit').send({}).expect(202);
      return waitFor(async () => {
        const view = (await app.get(body.url as string).expect(200)).body as AuditView;
        return view.status !== 'running' && view;
      }, 60_000);
    };
    expect((await audit()).result).toMatchObject({ verdict: 'clean', counts: { missing: 0 } });

    const { id } = (await app.post('/replays').send({ mode: 'repair' }).expect(202)).body as { id: string };
    const replay = await waitFor(async () => {
      const view = (await app.get(`/replays/${id}`).expect(200)).body as ReplayView;
      if (view.status === 'failed') throw new Error(JSON.stringify(view.failing));
      return view.status === 'done' && view;
    }, 60_000);
    expect(replay.progress.counts).toMatchObject({ gone: EACH });
    expect(await pipeline.countDocuments()).toBe(5 * EACH);
  });

  test('settings that give up what Kafka has deleted do not give it up; mended and resumed, nothing is lost', async () => {
    const { pipeline, mend } = await start({ ON_GAP: 'accept' });
    expect((await halted(pipeline)).failure!.code).toBe('batch_unreadable');
    mend();
    const api = await openOperationsApi(pipeline);
    try {
      await sluice(api.url, ['resume']);
    } finally {
      await api.close();
    }
    const { ledger } = await reaches(pipeline, (now) => now.ledger.next === `${3 * EACH}`);
    expect(ledger).toMatchObject({ indexed: 3 * EACH, lostUpstream: 0, void: 0 });
    expect(await pipeline.countDocuments()).toBe(6 * EACH);
  });
});
