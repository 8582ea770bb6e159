import { NativeConnection } from '@temporalio/worker';
import { Connection } from '@temporalio/client';
import { loadConfig } from '../../src/config';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { createLogSearch } from '../../src/elasticsearch/search';
import { asPipelineError } from '../../src/elasticsearch/send-bulk';
import { checkTemporalTls, temporalConnection, withTemporalAdvice } from '../../src/temporal-security';
import { generatedMessages } from '../support/log-records';
import { TestPipeline } from '../support/pipeline';
import { API_KEY, Certificates, openElasticsearchProxy, openTemporalProxy } from '../support/secure-proxies';
import { waitFor } from '../support/wait-for';

jest.setTimeout(120_000);

const elasticsearchUrl = process.env['SLUICE_TEST_ELASTICSEARCH_URL']!;
const temporalAddress = process.env['SLUICE_TEST_TEMPORAL_ADDRESS']!;
let certificates: Certificates;
beforeAll(() => void (certificates = new Certificates()));
afterAll(() => certificates.remove());

const file = (name: string) => certificates.file(name);
const elasticsearchEnv = (address: string) => ({
  ELASTICSEARCH_URL: `https://${address}`,
  ELASTICSEARCH_CA: file('ca.pem'),
  ELASTICSEARCH_CERT: file('client.pem'),
  ELASTICSEARCH_KEY: file('client.key'),
  ELASTICSEARCH_API_KEY: API_KEY,
});
const temporalEnv = (address: string) => ({
  TEMPORAL_ADDRESS: address,
  TEMPORAL_TLS: 'true',
  TEMPORAL_TLS_CA: file('ca.pem'),
  TEMPORAL_TLS_CERT: file('client.pem'),
  TEMPORAL_TLS_KEY: file('client.key'),
  TEMPORAL_API_KEY: API_KEY,
});

test('a worker indexes what comes, over links that want a client certificate and a key', async () => {
  const elasticsearch = await openElasticsearchProxy(elasticsearchUrl, certificates, { client: true });
  const temporal = await openTemporalProxy(temporalAddress, certificates, { client: true });
  const pipeline = new TestPipeline({
    ...elasticsearchEnv(elasticsearch.address),
    ...temporalEnv(temporal.address),
    KAFKA_PARTITIONS: '2',
  });
  try {
    await pipeline.createTopic(2);
    await pipeline.produce(generatedMessages(200));
    pipeline.startWorker();
    const count = async () => {
      await pipeline.elasticsearch.indices.refresh({ index: `${pipeline.topic}-2*`, allow_no_indices: true });
      return (await pipeline.elasticsearch.count({ index: `${pipeline.topic}-2*`, allow_no_indices: true })).count;
    };
    expect(await waitFor(async () => (await count().catch(() => 0)) === 200, 90_000)).toBe(true);
  } finally {
    await pipeline.close();
    await Promise.all([elasticsearch.close(), temporal.close()]);
  }
});

/** What a search and a bulk request fail with. */
async function failures(demands: { server?: string; client?: boolean }, env: Record<string, string | undefined>) {
  const proxy = await openElasticsearchProxy(elasticsearchUrl, certificates, demands);
  const url = env['ELASTICSEARCH_URL'] ?? `https://${proxy.address}`;
  const config = loadConfig({ ...elasticsearchEnv(proxy.address), ...env, ELASTICSEARCH_URL: url }).elasticsearch;
  const client = createElasticsearch(config);
  const search = createLogSearch(client, { indexPrefix: 'links', queryTimeoutMs: 5000 });
  const searched: unknown = await search.get('x', undefined).then(
    () => 'answered',
    (error: unknown) => error,
  );
  const bulk: unknown = await client.bulk({ operations: [{ index: { _index: 'links' } }, {}] }).catch(asPipelineError);
  await client.close();
  await proxy.close();
  return [searched, bulk] as { code: string; message: string }[];
}

describe('Elasticsearch', () => {
  test.each([
    ['no authority of ours', {}, { ELASTICSEARCH_CA: '' }, 'ELASTICSEARCH_CA'],
    ['another authority', {}, { ELASTICSEARCH_CA: 'other-ca.pem' }, 'ELASTICSEARCH_CA'],
    ['a certificate out of date', { server: 'expired' }, {}, 'out of date'],
    ['a wrong key', {}, { ELASTICSEARCH_API_KEY: 'canary' }, 'ELASTICSEARCH_API_KEY'],
    ['no key', {}, { ELASTICSEARCH_API_KEY: '' }, 'ELASTICSEARCH_API_KEY'],
  ])('%s: elasticsearch_denied, which says what to check, never a secret', async (_, demands, env, told) => {
    const ca = env as { ELASTICSEARCH_CA?: string };
    const change = ca.ELASTICSEARCH_CA ? { ELASTICSEARCH_CA: file(ca.ELASTICSEARCH_CA) } : env;
    for (const failure of await failures(demands, change)) {
      expect(failure).toMatchObject({ code: 'elasticsearch_denied', message: expect.stringContaining(told) });
      expect(failure.message).not.toMatch(new RegExp(`canary|${API_KEY}`));
    }
  });
});

test('Elasticsearch without our certificate is not reached, and no secret is told', async () => {
  const env = { ELASTICSEARCH_CERT: '', ELASTICSEARCH_KEY: '' };
  for (const { code, message } of await failures({ client: true }, env)) {
    // The server may say why, or just close the connection.
    expect(code).toMatch(/^elasticsearch_(denied|unavailable)$/);
    expect(message).not.toContain(API_KEY);
  }
});

describe('Temporal', () => {
  /** What a worker and a client meet. */
  async function attempts(demands: { server?: string; client?: boolean }, env: Record<string, string>) {
    const proxy = await openTemporalProxy(temporalAddress, certificates, demands);
    const options = temporalConnection(loadConfig({ ...temporalEnv(proxy.address), ...env }).temporal);
    const worker = await NativeConnection.connect(options).then(
      (connection) => connection.close().then(() => 'connected'),
      (error: unknown) => withTemporalAdvice(error),
    );
    const connection = Connection.lazy(options);
    const config = loadConfig({ ...temporalEnv(proxy.address), ...env }).temporal;
    // As the health of the API asks.
    const client = await checkTemporalTls(config)
      .then(() => connection.withDeadline(Date.now() + 5000, () => connection.workflowService.getSystemInfo({})))
      .then(
        () => 'connected',
        (error: unknown) => withTemporalAdvice(error),
      );
    await connection.close();
    await proxy.close();
    return [worker, client];
  }

  test('lets in who brings certificate and key', async () => {
    expect(await attempts({ client: true }, {})).toEqual(['connected', 'connected']);
  });

  test.each([
    ['another authority', {}, { TEMPORAL_TLS_CA: 'other-ca.pem' }, 'TEMPORAL_TLS_CA'],
    ['a certificate out of date', { server: 'expired' }, {}, 'out of date'],
    ['no client certificate', { client: true }, { TEMPORAL_TLS_CERT: '', TEMPORAL_TLS_KEY: '' }, 'TEMPORAL_TLS_CERT'],
    ['a wrong key', {}, { TEMPORAL_API_KEY: 'canary' }, 'TEMPORAL_API_KEY'],
  ])('%s: the error says what to check, never a secret', async (_, demands, env, told) => {
    const ca = (env as { TEMPORAL_TLS_CA?: string }).TEMPORAL_TLS_CA;
    const change = ca === undefined ? (env as Record<string, string>) : { TEMPORAL_TLS_CA: file(ca) };
    for (const failure of await attempts(demands, change)) {
      expect((failure as Error).message).toContain(told);
      expect((failure as Error).message).not.toMatch(new RegExp(`canary|${API_KEY}`));
    }
  });
});
