import { documentId, parseDocumentId } from '../../src/domain/ids';
import { startApi, type ApiProcess } from '../support/api-process';
import { badRecord, exportRequest, otlpRecord } from '../support/export-request';
import { TestPipeline } from '../support/pipeline';
import { TailClient } from '../support/tail-client';
import { waitFor } from '../support/wait-for';

jest.setTimeout(240_000);

const MESSAGES = 300;
const PARTS = 5;
/** Every tenth message has one log record that is refused. */
const BAD = MESSAGES / 10;
const DOCUMENTS = 1 + MESSAGES * PARTS - BAD;

describe('messages with several log records on the real servers', () => {
  const pipeline = new TestPipeline({ BATCH_MAX_RECORDS: '50' });
  const index = `${pipeline.topic}-*`;
  let api: ApiProcess;
  let tail: TailClient;

  beforeAll(async () => {
    await pipeline.createTopic(1);
    pipeline.startWorker();
    api = await startApi(pipeline.env);
    await pipeline.produce([{ value: JSON.stringify({ service: 'auth', level: 'info', message: 'single' }) }]);
    await pipeline.settled(1, 1, 120_000);
    tail = new TailClient(`${api.url}/logs/stream?from=now-1h`);
    void tail.connect();
    await waitFor(async () => tail.ids.length === 1, 60_000);
  });

  afterAll(async () => {
    tail?.leave();
    api?.child.kill('SIGKILL');
    await pipeline.close();
  }, 60_000);

  async function ask<T = Record<string, never>>(path: string, body?: object): Promise<T> {
    const init = body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    };
    const response = await fetch(api.url + path, init ?? {});
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async function audit() {
    const { url } = await ask<{ url: string }>('/pipeline/audit', {});
    type View = { status: string; result: { verdict: string; counts: Record<string, number>; names: object } };
    return waitFor(async () => {
      const view = await ask<View>(url);
      return view.status === 'done' && view.result;
    }, 60_000);
  }

  async function repair(): Promise<Record<string, number>> {
    const { url } = await ask<{ url: string }>('/replays', { mode: 'repair' });
    type View = { status: string; progress: { counts: Record<string, number> } };
    const done = await waitFor(async () => {
      const view = await ask<View>(url);
      return view.status === 'done' && view;
    }, 60_000);
    return done.progress.counts;
  }

  test('kill -9 in the middle: each log record has one document, each message one fate', async () => {
    const messages = Array.from({ length: MESSAGES }, (_, number) => {
      const timeUnixNano = `${Date.now()}000000`;
      const records = Array.from({ length: PARTS }, (_record, part): object => {
        return { ...otlpRecord(`log ${number} ${part}`, 'ERROR'), timeUnixNano };
      });
      if (number % 10 === 0) records[2] = badRecord();
      return { value: JSON.stringify(exportRequest(records)) };
    });
    await pipeline.produce(messages);
    await waitFor(async () => Number((await pipeline.partitionState(0)).ledger.next) > 1, 60_000);
    for (const worker of pipeline.runningWorkers()) await pipeline.killWorker(worker);
    pipeline.startWorker();
    const ledger = await pipeline.settled(MESSAGES + 1, 1, 120_000);
    expect(ledger).toMatchObject({ deadLettered: BAD, filtered: 0, void: 0 });
    expect(ledger['indexed']! + ledger['duplicate']!).toBe(MESSAGES + 1 - BAD);
    expect(ledger['indexed']! + ledger['duplicate']! + ledger['moreDocuments']!).toBe(DOCUMENTS);
    expect(await pipeline.countDocuments()).toBe(DOCUMENTS);
    // Where a workflow does not answer in time, the API tells what was last committed, which may be behind.
    const view = await waitFor(async () => {
      const one = await ask<{ totals: { offsets: number } }>('/pipeline/ledger');
      return one.totals.offsets === MESSAGES + 1 && one;
    }, 30_000);
    expect(view.totals).toMatchObject({ offsets: MESSAGES + 1, documents: DOCUMENTS, imbalance: 0 });
    expect(await ask('/pipeline')).toMatchObject({ totals: { documents: DOCUMENTS } });
    expect(await audit()).toMatchObject({ verdict: 'clean', counts: { incomplete: 0, letters: BAD } });
  });

  test('the stream has each of them once, in order of offset and part', async () => {
    await waitFor(async () => tail.ids.length >= DOCUMENTS, 60_000);
    expect(new Set(tail.ids).size).toBe(tail.ids.length);
    expect(tail.ids).toHaveLength(DOCUMENTS);
    const places = tail.ids.map((id) => parseDocumentId(id)!).map(({ offset, part = 0 }) => offset * 10_000 + part);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(tail.named('incomplete')).toEqual([]);
  });

  test('a client that connects anew within a message goes on with its next log', async () => {
    const at = tail.named('log').find(({ data }) => String(data['id']).endsWith('-1'))!;
    expect(at.id).toMatch(/-2$/);
    const anew = new TailClient(tail.url);
    anew.lastId = at.id;
    void anew.connect();
    const from = tail.ids.indexOf(String(at.data['id'])) + 1;
    await waitFor(async () => anew.ids.length >= DOCUMENTS - from, 60_000);
    anew.leave();
    expect(anew.ids).toEqual(tail.ids.slice(from));
  });

  test('found by id; its neighbours are those of its message; an export has each once', async () => {
    const id = (offset: number, part: number) => documentId({ generation: 1, partition: 0, offset, part });
    expect(await ask(`/logs/${id(2, 1)}`)).toMatchObject({ message: 'log 1 1', kafka: { part: 1, parts: PARTS } });
    const context = await ask<{ before: { id: string }[]; after: { id: string }[] }>(
      `/logs/${id(2, 0)}/context?before=2&after=2`,
    );
    expect(context.before.map((one) => one.id)).toEqual([id(1, 3), id(1, 4)]);
    expect(context.after.map((one) => one.id)).toEqual([id(2, 1), id(2, 2)]);
    const lines = (await (await fetch(`${api.url}/logs/export?format=ndjson&limit=100000`)).text()).trim().split('\n');
    const ids = lines.map((line) => (JSON.parse(line) as { id?: string }).id).filter((one) => one !== undefined);
    expect(new Set(ids).size).toBe(DOCUMENTS);
    expect(ids).toHaveLength(DOCUMENTS);
  });

  test('the letter names what is refused; it has the good documents beside it', async () => {
    const { letters, total } = await ask<{ letters: object[]; total: object }>(
      '/pipeline/dead-letters?reason=rejected_parts&size=1',
    );
    expect(total).toMatchObject({ value: BAD });
    expect(letters[0]).toMatchObject({ parts: PARTS, documents: PARTS - 1, refused: [{ part: 2, code: 'too_deep' }] });
  });

  test('a lost part is found by the audit and written by a repair, which else writes nothing', async () => {
    const lost = documentId({ generation: 1, partition: 0, offset: 12, part: 3 });
    const { hits } = await pipeline.elasticsearch.search({ index, query: { ids: { values: [lost] } } });
    const { _index, _version: version } = await pipeline.elasticsearch.get({ index: hits.hits[0]!._index, id: lost });
    // Elasticsearch remembers a deleted version for a minute, and refuses the same one again until then.
    await pipeline.elasticsearch.indices.putSettings({ index: _index, settings: { gc_deletes: '0ms' } });
    await pipeline.elasticsearch.delete({ index: _index, id: lost, refresh: true });
    expect(await audit()).toMatchObject({
      verdict: 'differences',
      counts: { incomplete: 1, missing: 0 },
      names: { missing: [{ partition: 0, from: '12', to: '13' }] },
    });
    expect(await repair()).toMatchObject({ written: 1 });
    expect((await pipeline.elasticsearch.get({ index: _index, id: lost }))._version).toBe(version);
    expect(await audit()).toMatchObject({ verdict: 'clean' });
    expect(await repair()).toMatchObject({ written: 0 });
  });
});
