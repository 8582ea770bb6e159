import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApi, type ApiProcess } from '../support/api-process';
import { TestPipeline } from '../support/pipeline';

jest.setTimeout(240_000);

interface Document {
  '@timestamp': string;
  service: string;
  message: string;
  event: { format: string; time_source?: string; time_suspect?: boolean; original?: string };
  [field: string]: unknown;
}

const CORPUS = join(__dirname, '..', 'formats', 'corpus');
const cases = readdirSync(CORPUS).flatMap((format) =>
  readdirSync(join(CORPUS, format))
    .filter((name) => name.endsWith('.log'))
    .map((name) => {
      const path = join(CORPUS, format, name.replace(/\.log$/, ''));
      const document = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as Document;
      return { name: `${format}: ${name}`, value: readFileSync(`${path}.log`), document };
    }),
);

/** Where a document has what a parameter of the API asks for. */
const PARAMETERS: Record<string, string> = {
  ...{ service: 'service', level: 'level', request_id: 'request_id', status_code: 'status_code', user_id: 'user_id' },
  ...{ path: 'path', method: 'method', response_time_ms: 'response_time_ms', error_code: 'error_code' },
  ...{ trace_id: 'trace.id', span_id: 'span.id', host: 'host.name', logger: 'log.logger', pid: 'process.pid' },
  ...{ thread: 'process.thread.name', client_ip: 'client.ip', user_agent: 'user_agent.original', url: 'url.original' },
  ...{ domain: 'url.domain', error_type: 'error.type', log_format: 'event.format' },
};

function valueAt(document: object, path: string): string | number | undefined {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], document) as
    string | number | undefined;
}

/** What of a document does not depend on when Kafka took its record. */
function withoutTime({ '@timestamp': time, event, ...rest }: Document): object {
  const { format, time_source: source, original } = event;
  const marks = { format, time_source: source, original };
  return { ...(marks.time_source ? {} : { time: time.slice(5) }), ...rest, event: marks };
}

describe('records of every format, from Kafka to the API', () => {
  const pipeline = new TestPipeline({ LOG_FORMATS: 'auto,text' });
  let api: ApiProcess;
  const stored = new Map<string, Document & { id: string }>();

  beforeAll(async () => {
    await pipeline.createTopic(1);
    await pipeline.produce(cases.map(({ value }) => ({ partition: 0, value })));
    pipeline.startWorker();
    await pipeline.settled(cases.length, 1, 120_000);
    await pipeline.elasticsearch.indices.refresh({ index: `${pipeline.topic}-*` });
    api = await startApi({ ...pipeline.env, API_RATE_LIMIT: '0' });
    const { logs } = (await (await fetch(`${api.url}/logs?size=1000`)).json()) as {
      logs: (Document & { id: string; kafka: { offset: number } })[];
    };
    for (const log of logs) stored.set(cases[log.kafka.offset]!.name, log);
  });
  afterAll(async () => {
    await api?.stop();
    await pipeline.close();
  });

  test('all of them are documents', () => {
    expect([...stored.keys()].sort()).toEqual(cases.map(({ name }) => name).sort());
  });

  test.each(cases)('$name is answered as the corpus has it', ({ name, document }) => {
    const log = stored.get(name)!;
    // Years that a line does not tell depend on the day.
    expect(withoutTime(log)).toMatchObject(withoutTime(document));
  });

  test.each(cases)('$name is found by every field that it has', async ({ name, document }) => {
    const { id, message } = stored.get(name)!;
    const queries = Object.entries(PARAMETERS).flatMap(([parameter, path]) => {
      const value = valueAt(document, path);
      return value === undefined ? [] : [[parameter, String(value).replace(/[\\,!*]/g, '\\$&')]];
    });
    expect(queries.map(([parameter]) => parameter)).toEqual(expect.arrayContaining(['service', 'level', 'log_format']));
    // A question holds no control characters, and asks for words.
    const words = message.replace(/["\\]|\p{Cc}/gu, ' ').trim();
    if (/[\p{L}\p{N}]/u.test(words)) queries.push(['q', `"${words}"`]);
    for (const [parameter, value] of queries) {
      const query = new URLSearchParams({ [parameter!]: value!, size: '1000', fields: 'service' }).toString();
      const answer = await fetch(`${api.url}/logs?${query}`);
      const { logs } = (await answer.json()) as { logs: { id: string }[] };
      expect([parameter, value, logs.map((one) => one.id)]).toEqual([parameter, value, expect.arrayContaining([id])]);
    }
  });
});
