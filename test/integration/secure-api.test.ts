import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PrometheusPrograms } from '../../local/fetch/fetch-prometheus';
import { createKafka } from '../../src/kafka/client';
import { changeKeys } from '../../src/keys/key-file';
import { makeKey } from '../../src/keys/key';
import { startApi, type ApiProcess } from '../support/api-process';
import { generatedMessages } from '../support/log-records';
import { TestPipeline } from '../support/pipeline';
import { PrivatePrometheus } from '../support/private-prometheus';
import { PASSWORD, SecureKafka, USER } from '../support/secure-kafka';
import { API_KEY, Certificates, openElasticsearchProxy, openTemporalProxy } from '../support/secure-proxies';
import { TailClient } from '../support/tail-client';
import { waitFor } from '../support/wait-for';

jest.setTimeout(120_000);

const LOGS = 200;
const text = process.env['SLUICE_TEST_PROMETHEUS'];
const programs = text ? (JSON.parse(text) as PrometheusPrograms) : undefined;
/** Where Prometheus cannot be had, the set-up of the tests has said so. */
const testWithPrometheus = programs ? test : test.skip;
const certificates = new Certificates();
const kafka = new SecureKafka();
const monitor = makeKey({ name: 'prometheus', scope: 'monitor' }, new Date());
const reader = makeKey({ name: 'ann', scope: 'read' }, new Date());
let proxies: { address: string; close: () => Promise<void> }[];
let pipeline: TestPipeline;
let api: ApiProcess;
let said = '';

/** Worker and API as processes: Kafka by SASL_SSL, Elasticsearch by TLS with an API key, Temporal by mTLS with one. */
beforeAll(async () => {
  const file = (name: string) => certificates.file(name);
  await kafka.start();
  const elasticsearch = await openElasticsearchProxy(process.env['SLUICE_TEST_ELASTICSEARCH_URL']!, certificates);
  const temporal = await openTemporalProxy(process.env['SLUICE_TEST_TEMPORAL_ADDRESS']!, certificates, {
    client: true,
  });
  proxies = [elasticsearch, temporal];
  pipeline = new TestPipeline({
    ...{ KAFKA_BROKERS: kafka.brokers.tls, KAFKA_SSL: 'true', KAFKA_SSL_CA: kafka.file('ca.pem') },
    ...{ KAFKA_SASL_MECHANISM: 'scram-sha-512', KAFKA_SASL_USERNAME: USER, KAFKA_SASL_PASSWORD: PASSWORD },
    ...{ ELASTICSEARCH_URL: `https://${elasticsearch.address}`, ELASTICSEARCH_CA: file('ca.pem') },
    ...{ ELASTICSEARCH_API_KEY: API_KEY, TEMPORAL_ADDRESS: temporal.address, TEMPORAL_TLS: 'true' },
    ...{ TEMPORAL_TLS_CA: file('ca.pem'), TEMPORAL_TLS_CERT: file('client.pem'), TEMPORAL_TLS_KEY: file('client.key') },
    ...{ TEMPORAL_API_KEY: API_KEY, KAFKA_PARTITIONS: '2', API_KEYS_FILE: join(certificates.folder, 'keys.json') },
  });
  await changeKeys(join(certificates.folder, 'keys.json'), () => [[monitor.stored, reader.stored], undefined]);
  pipeline.startWorker();
  api = await startApi(pipeline.env, (chunk) => (said += chunk.toString()));
  await waitFor(async () => (await ask('/health', monitor.key)).status === 200, 90_000);
  const open = createKafka({ brokers: [kafka.brokers.open], clientId: 'test' }, pipeline.logger);
  const producer = open.producer();
  await producer.connect();
  await producer.send({ topic: pipeline.topic, messages: generatedMessages(LOGS) });
  await producer.disconnect();
}, 240_000);

afterAll(async () => {
  await api?.stop();
  await pipeline?.close();
  for (const proxy of proxies ?? []) await proxy.close();
  await kafka.stop();
  certificates.remove();
}, 60_000);

async function ask(path: string, key?: string) {
  const answer = await fetch(api.url + path, key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } });
  return { status: answer.status, body: (await answer.json()) as Record<string, never> };
}

test('an API whose links are all encrypted, each with a login, searches, follows and says how the pipeline is', async () => {
  const total = async () => (await ask('/logs?size=1', reader.key)).body['total']!['value'];
  await waitFor(async () => (await total()) === LOGS, 90_000);
  const { body: health } = await ask('/health', monitor.key);
  expect(health['dependencies']).toMatchObject({
    ...{ kafka: { status: 'up' }, elasticsearch: { status: 'up' }, temporal: { status: 'up' } },
  });
  // The workflows' own word, and not the commits that stand in for it.
  await waitFor(async () => (await ask('/pipeline', reader.key)).body['totals']!['lag'] === 0, 30_000);
  expect((await ask('/pipeline', reader.key)).body).toMatchObject({ source: 'workflows', state: 'running' });
  const client = new TailClient(`${api.url}/logs/stream?after=0,0`, { 'X-API-Key': reader.key });
  const ended = client.connect();
  await waitFor(async () => client.ids.length === LOGS, 60_000);
  client.leave();
  await ended;
  const problems = await Promise.all(['/logs', '/metrics'].map((path) => ask(path)));
  expect(problems.map(({ status, body }) => [status, body['code']])).toEqual(Array(2).fill([401, 'key_missing']));
  expect((await ask('/logs', monitor.key)).status).toBe(403);
  for (const secret of [PASSWORD, API_KEY, monitor.key, reader.key]) expect(said).not.toContain(secret);
});

testWithPrometheus('Prometheus reads the figures of the API with a key that may do nothing else', async () => {
  const keyFile = join(certificates.folder, 'prometheus.key');
  writeFileSync(keyFile, `${monitor.key}\n`);
  const target = new URL(api.url).host;
  const prometheus = new PrivatePrometheus();
  await prometheus.start(programs!, {
    keyed: { target, authorization: { credentials_file: keyFile } },
    keyless: target,
  });
  const upOf = async (job: string) => (await prometheus.query(`up{job="${job}"}`))[0]?.value[1];
  await waitFor(async () => (await upOf('keyed')) === '1' && (await upOf('keyless')) === '0', 60_000);
  const [served] = await prometheus.query('sum(sluice_http_request_duration_seconds_count{route="/logs"})');
  expect(Number(served!.value[1])).toBeGreaterThan(0);
  await prometheus.close();
});
