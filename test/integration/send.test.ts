import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { imbalance } from '../../src/domain/ledger';
import { startApi, type ApiProcess } from '../support/api-process';
import { TestPipeline } from '../support/pipeline';
import { runCommand } from '../support/run-command';
import { SERVER_NAMES, testServers } from '../support/servers';

jest.setTimeout(240_000);

interface Sent {
  lines: number;
  blank: number;
  records: number;
  joined: number;
  partitions: { partition: number; records: number; first_offset: string; last_offset: string }[];
}
interface Found {
  total: { value: number };
  logs: { id: string; service: string; level: string; message: string; anomaly: { score: number } }[];
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-send-'));
const ELASTICSEARCH_TRACE = `[2026-11-28T13:20:48,346][WARN ][r.suppressed] path: /t/_search, status: 503
org.elasticsearch.action.search.SearchPhaseExecutionException: all shards failed
\tat org.elasticsearch.action.search.AbstractSearchAsyncAction.onPhaseFailure(AbstractSearchAsyncAction.java:801)
Caused by: java.lang.IllegalStateException: none left
\tat a.B.c(B.java:1)
`;
/** What a server of Temporal's four services writes under load: it names a service of its own, and stays that one's. */
const TEMPORAL_LINE =
  'time=2026-11-28T13:20:49.001 level=WARN msg="Service latency is high" service=history component=shard-controller\n';
const MORE: Record<string, string> = { elasticsearch: ELASTICSEARCH_TRACE, temporal: TEMPORAL_LINE };

/** A server's own log as it is now, with what it rarely writes behind it. */
function ownLog(name: string): { path: string; lines: string[] } {
  const text =
    readFileSync(join(testServers().folder, `${name}.log`), 'utf8').replace(/[^\n]*$/, '') + (MORE[name] ?? '');
  const path = join(folder, `${name}.log`);
  writeFileSync(path, text);
  return { path, lines: text.split('\n').filter((line) => line.trim() !== '') };
}

describe('the logs of the servers that run here, sent with `sluice send`', () => {
  const pipeline = new TestPipeline();
  const sent = new Map<string, Sent>();
  const logs = new Map<string, ReturnType<typeof ownLog>>();
  let api: ApiProcess;
  const send = (...args: string[]) => runCommand(['send', ...args], pipeline.env);
  const get = async (query: string) => (await (await fetch(`${api.url}/logs?size=1000&${query}`)).json()) as Found;

  beforeAll(async () => {
    await pipeline.createTopic(2);
    for (const name of SERVER_NAMES) {
      const log = ownLog(name);
      logs.set(name, log);
      const { code, out, err } = await send('--service', name, '--json', log.path);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      sent.set(name, JSON.parse(out) as Sent);
    }
    pipeline.startWorker();
    await pipeline.settled(total(), 2, 120_000);
    await pipeline.elasticsearch.indices.refresh({ index: `${pipeline.topic}-*` });
    api = await startApi({ ...pipeline.env, API_RATE_LIMIT: '0' });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await api?.stop();
    await pipeline.close();
  });
  const total = () => [...sent.values()].reduce((sum, { records }) => sum + records, 0);

  test('every record that was sent is a document: nothing is refused, lost or twice', async () => {
    const ledger = await pipeline.ledger(2);
    expect(ledger).toMatchObject({ indexed: total(), deadLettered: 0, duplicate: 0 });
    for (const partition of [0, 1]) expect(imbalance((await pipeline.partitionState(partition)).ledger)).toBe(0);
    expect(await pipeline.countDocuments()).toBe(total());
  });

  test.each(SERVER_NAMES)('of %s each is found by its service, and each line stands in one', async (name) => {
    const { records, lines, blank } = sent.get(name)!;
    const own = new Set(logs.get(name)!.lines.flatMap((line) => /^time=.* service=(\w+)/.exec(line)?.[1] ?? []));
    expect(own.size > 0).toBe(name === 'temporal');
    const services = [name, ...own];
    const found = await get(`service=${services.join(',')}`);
    expect(found.total.value).toBe(records);
    expect(lines - blank).toBe(logs.get(name)!.lines.length);
    const told = (await pipeline.allDocuments())
      .filter(({ source }) => services.includes(String(source['service'])))
      .map(({ source }) => (source['event'] as { original?: string }).original ?? String(source['message']))
      .join('\n');
    for (const line of logs.get(name)!.lines) expect(told).toContain(line);
  });

  test('they have scores, and the stack trace is one record with its error', async () => {
    const warnings = await get('service=elasticsearch&level=warn&stack_trace=none left');
    expect(warnings.logs).toMatchObject([
      {
        message: 'path: /t/_search, status: 503',
        error: { type: 'org.elasticsearch.action.search.SearchPhaseExecutionException', message: 'all shards failed' },
        log: { logger: 'r.suppressed' },
        anomaly: { score: 10, severity: 'low', reasons: [{ rule: 'level_warn' }] },
      },
    ]);
    expect((await get('service=kafka&level=warn&score=10..')).total.value).toBeGreaterThan(0);
    expect(sent.get('elasticsearch')!.joined).toBeGreaterThan(0);
  });

  test('where it says that they are, they are', async () => {
    for (const { partition, records, first_offset: first, last_offset: last } of sent.get('kafka')!.partitions) {
      const found = await get(`service=kafka&partition=${partition}&offset=${first}..${last}`);
      expect(found.total.value).toBe(records);
    }
  });

  test('a packed file and a pipe go the same way, and text that is not meant is refused', async () => {
    const before = await pipeline.countDocuments();
    const packed = join(folder, 'app.log.gz');
    const lines = Array.from({ length: 5000 }, (_, i) => `{"level":30,"msg":"packed ${i}","name":"gz"}`);
    writeFileSync(packed, gzipSync(lines.join('\n')));
    expect(await send(packed)).toMatchObject({
      code: 0,
      out: expect.stringContaining('sent 5,000 records of 5,000 lines'),
    });
    const piped = await runCommand(['send'], pipeline.env, lines.slice(0, 10).join('\n'));
    expect(piped).toMatchObject({ code: 0, out: expect.stringContaining('sent 10 records') });
    expect(await send(logs.get('kafka')!.path)).toMatchObject({ code: 2, out: '' });
    await pipeline.settled(total() + 5010, 2, 120_000);
    expect(await pipeline.countDocuments()).toBe(before + 5010);
    expect((await get('service=gz')).total.value).toBe(5010);
  });

  test('what a stored log tells of itself is explained by its id', async () => {
    const [log] = (await get('service=kafka&level=warn')).logs;
    const { code, out } = await runCommand(['explain', '--id', log!.id], { ...pipeline.env, SLUICE_URL: api.url });
    expect(code).toBe(0);
    expect(out).toMatch(/indexed as container\/log4j\n[^]*level_warn/);
  });

  test('a topic or a Kafka that is not there is said', async () => {
    const { path } = logs.get('kafka')!;
    const none = await send('--service', 'a', '--topic', 'none-such', path);
    expect(none).toMatchObject({ code: 3, err: expect.stringContaining('there is no topic none-such') });
    const away = await send('--service', 'a', '--brokers', '127.0.0.1:1', path);
    expect(away).toMatchObject({ code: 3, err: expect.stringContaining('Kafka does not answer at 127.0.0.1:1') });
  });
});
