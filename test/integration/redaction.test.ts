import type { Message } from 'kafkajs';
import { readLetters } from '../../fuzz/collect';
import { indexName, parseDocumentId } from '../../src/domain/ids';
import { imbalance } from '../../src/domain/ledger';
import { prepareIndices } from '../../src/elasticsearch/setup';
import { REDACTION_RULES } from '../../src/redaction/rules';
import { canaries, peopleCanaries, type Canary } from '../redaction/canaries';
import { startApi, type ApiProcess } from '../support/api-process';
import { TestPipeline } from '../support/pipeline';
import { samples } from '../support/samples';
import { TailClient } from '../support/tail-client';
import { waitFor } from '../support/wait-for';

jest.setTimeout(240_000);

const log = (fields: object) => JSON.stringify({ service: 'auth', level: 'info', message: 'a message', ...fields });
const nested = (depth: number, text: string) => `${'{"a":'.repeat(depth)}${JSON.stringify(text)}${'}'.repeat(depth)}`;

/** A record with one secret in it, by where that stands, and what becomes of the record. */
const PLACES: { place: string; fate: string; record: (canary: Canary) => Omit<Message, 'partition'> }[] = [
  { place: 'message', fate: 'indexed', record: ({ text }) => ({ value: log({ message: text }) }) },
  { place: 'attribute', fate: 'indexed', record: ({ text }) => ({ value: log({ note: text }) }) },
  { place: 'nested', fate: 'indexed', record: ({ text }) => ({ value: log({ a: { b: [{ note: text }] } }) }) },
  { place: 'name', fate: 'indexed', record: ({ text }) => ({ value: log({ a: { [text]: 1 } }) }) },
  { place: 'value', fate: 'indexed', record: ({ secret }) => ({ value: log({ db: { password: secret } }) }) },
  { place: 'quoted', fate: 'indexed', record: ({ text }) => ({ value: log({ log: JSON.stringify({ text }) }) }) },
  { place: 'escaped', fate: 'indexed', record: ({ text }) => ({ value: escaped(log({ message: text })) }) },
  { place: 'ecs', fate: 'indexed', record: ({ text }) => ({ value: ecs(text) }) },
  {
    place: 'ecsheader',
    fate: 'indexed',
    record: ({ text }) => ({ value: ecs('x'), headers: { 'x-request-id': text } }),
  },
  { place: 'journald', fate: 'indexed', record: ({ text }) => ({ value: journald(text) }) },
  { place: 'header', fate: 'invalid_json', record: ({ text }) => ({ value: '{', headers: { note: text } }) },
  { place: 'headername', fate: 'invalid_json', record: ({ text }) => ({ value: '{', headers: { [text]: 'x' } }) },
  { place: 'key', fate: 'invalid_json', record: ({ text }) => ({ value: '{', key: text }) },
  { place: 'invalid', fate: 'invalid_json', record: ({ text }) => ({ value: log({ message: text }).slice(0, -1) }) },
  { place: 'text', fate: 'invalid_json', record: ({ text }) => ({ value: text }) },
  { place: 'binary', fate: 'invalid_json', record: ({ text }) => ({ value: Buffer.from(`\xff ${text}`, 'latin1') }) },
  { place: 'list', fate: 'not_an_object', record: ({ text }) => ({ value: JSON.stringify([text]) }) },
  {
    place: 'level',
    fate: 'invalid_field',
    record: ({ text }) => ({ value: log({ level: text, a: text }) }),
  },
  { place: 'twice', fate: 'duplicate_key', record: ({ text }) => ({ value: twice(text) }) },
  {
    place: 'deep',
    fate: 'too_deep',
    record: ({ text }) => ({ value: log({}).replace('{', `{"a":${nested(600, text)},`) }),
  },
  { place: 'mapping', fate: 'mapping_rejected', record: ({ text }) => ({ value: log({ path: text }) }) },
];
const sent = PLACES.flatMap(({ place, fate, record }) =>
  [...canaries(place), ...peopleCanaries(place)].map((canary) => ({
    place,
    fate,
    canary,
    message: { partition: 0, key: 'k', ...record(canary) },
  })),
);
const SECRETS = [...new Set(sent.map(({ canary }) => canary.secret))];

function escaped(text: string): string {
  return text.replace(/[a-zA-Z](?=[A-Za-z0-9]*Zq7)|Zq7|(?<=4111 )1|5500/g, (some) =>
    [...some].map((one) => `\\u00${one.charCodeAt(0).toString(16)}`).join(''),
  );
}

function ecs(message: string): string {
  const time = new Date().toISOString();
  return JSON.stringify({
    '@timestamp': time,
    'log.level': 'info',
    message,
    'ecs.version': '8.11',
    'service.name': 'a',
  });
}

function journald(text: string): string {
  return JSON.stringify({ PRIORITY: '6', SYSLOG_IDENTIFIER: 'app', MESSAGE: [...Buffer.from(`\x01${text}`)] });
}

function twice(text: string): string {
  const name = JSON.stringify(text);
  return log({}).replace('{', `{${name}:1,${name}:2,`);
}

/** The secrets that stand in a text, or in what a word of it says in base64. */
function secretsIn(text: string): string[] {
  const words = text.match(/[A-Za-z0-9+/]{12,}={0,2}/g) ?? [];
  const all = [text, ...words.map((word) => Buffer.from(word, 'base64').toString('latin1'))].join('\n');
  return SECRETS.filter((secret) => all.includes(secret));
}

const plainText = (value: unknown) =>
  JSON.stringify(value, (_key, one: unknown) => {
    const bytes = one as { type?: string; data?: number[] } | null;
    if (one instanceof Uint8Array) return Buffer.from(one).toString('latin1');
    return bytes?.type === 'Buffer' ? Buffer.from(bytes.data!).toString('latin1') : one;
  });

describe('secrets on the real servers', () => {
  const live = [...canaries('live'), ...peopleCanaries('live')];
  const pipeline = new TestPipeline({
    ...{ WORKER_METRICS_PORT: '0', LOG_LEVEL: 'debug', REDACT_RULES: 'secrets,email,ip' },
  });
  const output: Buffer[] = [];
  let api: ApiProcess;
  let metricsPort: string | undefined;

  beforeAll(async () => {
    await pipeline.createTopic(1);
    const { elasticsearch, topic } = pipeline;
    // Its path takes numbers alone, so that Elasticsearch refuses a text, and quotes it.
    await prepareIndices(elasticsearch, { indexPrefix: topic, shards: 1, replicas: 0, refreshIntervalMs: 1000 });
    const mappings = { properties: { path: { type: 'integer' } } } as const;
    await elasticsearch.indices.create({ index: indexName(topic, Date.now(), undefined), mappings });
    await pipeline.produce(sent.map(({ message }) => message));
    const worker = pipeline.startWorker();
    for (const stream of [worker.stdout!, worker.stderr!]) stream.on('data', (chunk: Buffer) => output.push(chunk));
    await pipeline.settled(sent.length, 1, 120_000);
    metricsPort = /"port":(\d+),"msg":"metrics served"/.exec(String(Buffer.concat(output)))?.[1];
    api = await startApi({ ...pipeline.env, API_RATE_LIMIT: '0' }, (chunk) => output.push(chunk));
  });
  afterAll(async () => {
    await api?.stop();
    await pipeline.close();
  });

  const get = async (path: string) => {
    const answer = await fetch(api.url + path);
    return { status: answer.status, text: await answer.text() };
  };
  const letterIds = async () => {
    const { hits } = await pipeline.elasticsearch.search({
      ...{ index: `dead-letters-${pipeline.topic}-2*`, size: 10_000, _source: false },
    });
    return hits.hits.map(({ _id }) => _id!);
  };

  test('the search for them finds each where it was sent', () => {
    for (const { canary, message, place } of sent) {
      if (place === 'escaped' || place === 'journald') continue;
      expect(secretsIn(plainText({ ...message, value: String(message.value), key: String(message.key) }))).toEqual(
        expect.arrayContaining([canary.secret]),
      );
    }
  });

  test('every record has the fate that it would have without them', async () => {
    const { ledger } = await pipeline.partitionState(0);
    expect(imbalance(ledger)).toBe(0);
    expect(Number(ledger.indexed)).toBe(sent.filter(({ fate }) => fate === 'indexed').length);
    const letters = await readLetters(pipeline.kafka, pipeline.deadLetterTopic);
    const reasons = new Map(letters.map(({ id, reason }) => [parseDocumentId(id)!.offset, reason]));
    const others = sent.flatMap(({ fate, place }, offset) => (fate === 'indexed' ? [] : [{ fate, place, offset }]));
    expect(others.map(({ place, offset }) => [place, reasons.get(offset)])).toEqual(
      others.map(({ place, fate }) => [place, fate]),
    );
  });

  test('no document and no letter in any index has one', async () => {
    const { elasticsearch, topic } = pipeline;
    await elasticsearch.indices.refresh({ index: `*${topic}*` });
    const { hits } = await elasticsearch.search({ index: `*${topic}*`, size: 10_000 });
    for (const { _id, _source } of hits.hits) expect([_id, secretsIn(plainText(_source))]).toEqual([_id, []]);
    expect(hits.hits.length).toBeGreaterThanOrEqual(sent.length);
  });

  test('no dead letter in Kafka has one, and each says that it was redacted', async () => {
    for (const letter of await readLetters(pipeline.kafka, pipeline.deadLetterTopic)) {
      expect([letter.id, secretsIn(plainText(letter)), String(letter.headers['sluice.redacted'])]).toEqual([
        ...[letter.id, [], 'true'],
      ]);
    }
  });

  test('no answer of the API has one, its errors included', async () => {
    const ids = await letterIds();
    const documents = (await pipeline.allDocuments()).map(({ id }) => id);
    const paths = [
      ...['/logs?size=1000', '/logs/anomalies?size=1000', '/logs/stats', '/logs/facets', '/logs/export'],
      ...['/pipeline', '/pipeline/ledger', '/pipeline/dead-letters?size=100', '/metrics', '/health', '/openapi.json'],
      ...documents.slice(0, 60).map((id) => `/logs/${encodeURIComponent(id)}`),
      ...ids.map((id) => `/pipeline/dead-letters/${encodeURIComponent(id)}`),
    ];
    for (const path of paths) {
      const { status, text } = await get(path);
      expect([path, status, secretsIn(text)]).toEqual([path, expect.any(Number), []]);
      if (path.startsWith('/pipeline/dead-letters/')) expect(JSON.parse(text)).toMatchObject({ redacted: true });
    }
    for (const { secret } of canaries('message').slice(0, 3)) {
      const { text } = await get(`/logs?q=${encodeURIComponent(`"${secret}"`)}`);
      expect(JSON.parse(text)).toMatchObject({ total: { value: 0 } });
    }
  });

  test('no event of the live stream has one', async () => {
    const follower = new TailClient(`${api.url}/logs/stream`);
    const ended = follower.connect();
    await waitFor(async () => follower.events.length > 0, 60_000);
    SECRETS.push(...live.map(({ secret }) => secret));
    await pipeline.produce(live.map(({ text }) => ({ partition: 0, value: log({ message: `live ${text}` }) })));
    await waitFor(async () => follower.named('log').length === live.length, 60_000);
    follower.leave();
    await ended;
    const told = plainText(follower.events);
    expect(told.match(/"message":"live /g)).toHaveLength(live.length);
    expect(secretsIn(told)).toEqual([]);
  });

  test('no preview of a redrive has one', async () => {
    const url = `${api.url}/pipeline/dead-letters/redrive`;
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ filter: {}, dry_run: true }) });
    const text = await answer.text();
    expect([answer.status, secretsIn(text)]).toEqual([200, []]);
    expect(JSON.parse(text)).toMatchObject({ examined: expect.any(Number) });
  });

  test('an edited body with one is redriven without, and refused without', async () => {
    const [first, second] = await letterIds();
    const order = async (id: string, body: object) => {
      const url = `${api.url}/pipeline/dead-letters/${encodeURIComponent(id)}/redrive`;
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ body }) });
      return { status: answer.status, text: await answer.text() };
    };
    const [{ text, secret }] = canaries('message').slice(-2) as [Canary];
    const refused = await order(second!, { service: 'auth', level: text, message: text, [text]: { [text]: text } });
    expect([refused.status, secretsIn(refused.text)]).toEqual([400, []]);
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'invalid_body', errors: [{ pointer: '/body/level' }] });
    const taken = await order(first!, { service: 'auth', level: 'info', message: `edited: ${text}` });
    expect(taken.status).toBe(202);
    const { operation } = JSON.parse(taken.text) as { operation: string };
    await waitFor(async () => (await get(`/pipeline/redrives/${operation}`)).text.includes('"done"'), 60_000);
    const documents = (await pipeline.allDocuments()).map(({ source }) => plainText(source));
    expect(documents.filter((one) => one.includes('edited: ')).map((one) => one.includes(secret))).toEqual([false]);
    expect(secretsIn(plainText(documents))).toEqual([]);
  });

  test('no history of a workflow has one', async () => {
    const query = `TaskQueue = '${pipeline.topic}'`;
    // The list lags behind; a partition, its supervisor and a redrive have run.
    const runs = await waitFor(async () => {
      const listed = [];
      for await (const run of pipeline.temporal.workflow.list({ query })) listed.push(run);
      return listed.length >= 3 && listed;
    });
    for (const { workflowId, runId } of runs) {
      const history = await pipeline.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
      expect(history.events!.length).toBeGreaterThan(3);
      expect([workflowId, secretsIn(plainText(history))]).toEqual([workflowId, []]);
    }
  });

  test('the worker and the API have written none, and the worker has counted each rule', async () => {
    const said = String(Buffer.concat(output));
    expect(said).toContain('api listening');
    expect(secretsIn(said)).toEqual([]);
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(secretsIn(metrics)).toEqual([]);
    const counted = samples(metrics);
    for (const rule of REDACTION_RULES) {
      expect([rule, counted[`sluice_redactions_total{topic="${pipeline.topic}",rule="${rule}"}`]! > 0]).toEqual([
        ...[rule, true],
      ]);
    }
  });

  test('by another key the same secret has another mark, and neither key nor secret is told', async () => {
    const secret = 'Zq7rotatedXw9';
    const keys = ['first-key-of-some-length', 'second-key-of-some-length'];
    let total = sent.length + live.length;
    for (const key of keys) {
      for (const worker of pipeline.runningWorkers()) await pipeline.killWorker(worker);
      pipeline.startWorker({ REDACT_KEY: key });
      await pipeline.produce([{ partition: 0, value: log({ message: `rotated password=${secret}` }) }]);
      total += 1;
      await pipeline.settled(total, 1, 120_000);
    }
    const messages = (await pipeline.allDocuments())
      .map(({ source }) => String(source['message']))
      .filter((message) => message.startsWith('rotated'));
    const marks = messages.map((message) => /password=\[field:([\da-f]{16})\]/.exec(message)?.[1]);
    expect(new Set(marks).size).toBe(2);
    expect(marks).not.toContain(undefined);
    for (const message of messages) expect(message).not.toContain(secret);
    for (const key of keys) expect(plainText(await pipeline.allDocuments())).not.toContain(key);
  });
});
