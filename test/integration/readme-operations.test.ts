import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../local/system/ports';
import { projectRoot } from '../../local/project';
import { SIGNALS, supervisorWorkflowId, type PartitionState } from '../../src/workflows/contract';
import { read, section } from '../docs/documents';
import { generatedMessages } from '../support/log-records';
import { TestPipeline } from '../support/pipeline';
import { sluice as runSluice } from '../support/sluice-command';
import { temporal } from '../support/temporal-cli';
import { waitFor } from '../support/wait-for';

const run = promisify(execFile);
const PARTITIONS = [0, 1, 2];
const RECORDS = 600;

/** The cells of the README's table of messages, by what they are for. */
const rows = [
  ...section(read('README.md'), '## Pause and resume').matchAll(
    /^\| ([^|`]+) \| `(--name[^|]*)` \| ([^|]*) \| `([^|]*)` \|$/gm,
  ),
].map(([, what, signal, rest, sluice]) => ({ what: what!, signal: signal!, rest: rest!, sluice: sluice! }));

/** A command line as a shell cuts it into words; only single quotes are known. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
}

/** Every row of the table, in each of its three ways, on a live pipeline: what it says must happen. */
describe('the operations in the README', () => {
  const pipeline = new TestPipeline({ KAFKA_PARTITIONS: '3' });
  let api: ChildProcess;
  let url: string;
  beforeAll(async () => {
    await pipeline.createTopic(PARTITIONS.length);
    await produce(RECORDS);
    pipeline.startWorker();
    const [port] = await freePorts(1);
    url = `http://127.0.0.1:${port}`;
    api = spawn(process.execPath, ['--require', 'tsx/cjs', join('src', 'api', 'main.ts')], {
      ...{ cwd: projectRoot(), env: { ...pipeline.env, API_PORT: String(port) }, stdio: 'ignore' },
    });
    await waitFor(async () => (await fetch(`${url}/pipeline`)).ok, 60_000);
    await pipeline.settled(RECORDS, PARTITIONS.length, 90_000);
  }, 180_000);
  afterAll(async () => {
    api.kill();
    if (api.exitCode === null) await once(api, 'exit');
    await pipeline.close();
  }, 60_000);

  let seed = 0;
  async function produce(count: number): Promise<void> {
    const messages = generatedMessages(count, (seed += 1));
    await pipeline.produce(messages.map((message, index) => ({ ...message, partition: index % PARTITIONS.length })));
  }

  const ways = {
    temporal: async ({ signal }: (typeof rows)[number]) => {
      await temporal('workflow', 'signal', '--workflow-id', supervisorWorkflowId(pipeline.topic), ...words(signal));
    },
    REST: async ({ rest }: (typeof rows)[number]) => {
      const [, name, body] = /^`(\S+)` `(.*)`$/.exec(rest)!;
      const request = ['-sS', '-X', 'POST', `${url}/pipeline/${name}`, '-d', body!];
      const { stdout } = await run('curl', [...request, '-H', 'Content-Type: application/json']);
      const { code, detail } = JSON.parse(stdout) as { code?: string; detail?: string };
      if (code !== undefined) throw new Error(`${code}: ${detail}`);
    },
    sluice: async ({ sluice }: (typeof rows)[number]) => {
      await runSluice(url, words(sluice));
    },
  };
  type Way = keyof typeof ways;

  const states = (): Promise<PartitionState[]> => Promise.all(PARTITIONS.map((one) => pipeline.partitionState(one)));
  const reaches = (wanted: (state: PartitionState) => boolean): Promise<PartitionState[]> =>
    waitFor(async () => {
      const now = await states();
      return now.every(wanted) && now;
    }, 100_000);
  const isPaused = ({ status }: PartitionState) => status === 'paused';

  /** Directly, so that each cell finds a pipeline that runs. */
  async function resume(): Promise<void> {
    const supervisor = pipeline.temporal.workflow.getHandle(supervisorWorkflowId(pipeline.topic));
    await supervisor.signal(SIGNALS.resume);
    for (const partition of PARTITIONS) await supervisor.signal(SIGNALS.resume, { partition });
    await reaches(({ status, hold }) => status === 'running' && hold === undefined);
  }

  /** What each row must do; `act` gives the order of the cell. */
  const EFFECTS: Record<
    string,
    (act: (row?: Partial<(typeof rows)[number]>) => Promise<void>, way: Way) => Promise<void>
  > = {
    pause: async (act) => {
      await act();
      for (const { hold } of await reaches(isPaused)) {
        expect(hold).toMatchObject({ kind: 'pause', reason: 'index maintenance' });
      }
    },
    'pause for an hour': async (act) => {
      const before = Date.now();
      await act();
      // Partitions stand by at first, and learn from the order itself how long it holds.
      for (const { hold } of await reaches((state) => isPaused(state) && state.hold?.expiresAt !== undefined)) {
        const lasts = Date.parse(hold!.expiresAt!) - before;
        expect(lasts).toBeGreaterThan(3_540_000);
        expect(lasts).toBeLessThan(3_700_000);
      }
    },
    resume: async (act) => {
      await pipeline.temporal.workflow.getHandle(supervisorWorkflowId(pipeline.topic)).signal(SIGNALS.pause);
      await reaches(isPaused);
      await act();
      await reaches(({ status, hold }) => status === 'running' && hold === undefined);
    },
    'work off what is in Kafka, then pause': async (act) => {
      const before = await pipeline.ledger(PARTITIONS.length);
      await produce(90);
      await act();
      const drained = await reaches(isPaused);
      const sum = drained.reduce((total, { ledger }) => total + Number(ledger.next), 0);
      expect(sum).toBe(before['next']! + 90);
    },
    'pause at an offset': async (act, way) => {
      const next = Number((await pipeline.partitionState(2)).ledger.next);
      const offset = String(next + 20);
      const at = (cell: string) => cell.replace('5000', offset);
      const row = rows.find(({ what }) => what === 'pause at an offset')!;
      await act({ signal: at(row.signal), rest: at(row.rest), sluice: at(row.sluice) });
      await waitFor(async () => (await pipeline.partitionState(2)).hold?.offset === offset, 30_000);
      await produce(90);
      const [, , stopped] = await reaches((state) => state.partition !== 2 || state.status === 'paused');
      expect([way, stopped!.ledger.next]).toEqual([way, offset]);
    },
    'take on a gap': refused('accept-gap'),
    'go on with a new topic': refused('rebind'),
  };

  /** Nothing is halted: a signal is counted as ignored, REST and sluice say so. Halted ones: `npm run operations`. */
  function refused(name: string) {
    return async (act: () => Promise<void>, way: Way): Promise<void> => {
      const ignored = async () => {
        const { messages } = await pipeline.supervisorState();
        return messages;
      };
      const before = await ignored();
      if (way !== 'temporal') {
        // A supervisor that is busy for longer than an answer may take is left the order: then there is no refusal yet.
        const refusal = await waitFor(() =>
          act().then(
            () => undefined,
            (error: Error) => error,
          ),
        );
        expect(refusal.message).toContain('partition_not_halted');
        return;
      }
      await act();
      const after = await waitFor(async () => {
        const now = await ignored();
        return now.received > before.received && now;
      });
      expect(after.received).toBe(before.received + 1);
      expect((await states()).map(({ status }) => status)).toEqual(PARTITIONS.map(() => 'running'));
      expect(name).toBe(words(rows.find(({ signal }) => signal.includes(name))!.signal)[1]);
    };
  }

  test('the table has a row for each effect that is known here, and no other', () => {
    expect(rows.map(({ what }) => what)).toEqual(Object.keys(EFFECTS));
  });

  test.each(rows.flatMap((row) => (Object.keys(ways) as Way[]).map((way) => ({ ...row, way }))))(
    '$what, by $way',
    async ({ way, ...row }) => {
      await resume();
      await EFFECTS[row.what]!((changed = {}) => ways[way]({ ...row, ...changed }), way);
    },
    120_000,
  );
});
