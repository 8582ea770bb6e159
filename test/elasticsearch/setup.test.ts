import { rejectParts } from '../../src/domain/message-parts';
import { PipelineError } from '../../src/domain/errors';
import { letterDocument } from '../../src/elasticsearch/dead-letter-document';
import { LETTER_MAPPING, letterTemplate } from '../../src/elasticsearch/dead-letter-template';
import { createExpiryLog } from '../../src/elasticsearch/expiry-log';
import { logTemplate, TEMPLATE_PRIORITY } from '../../src/elasticsearch/index-template';
import { createIndexRetention } from '../../src/elasticsearch/retention';
import { prepareIndices } from '../../src/elasticsearch/setup';
import { kafkaRecord } from '../support/records';
import { FakeElasticsearch, type Answer } from '../support/fake-elasticsearch';

const SETTINGS = { indexPrefix: 'logs', shards: 3, replicas: 1, refreshIntervalMs: 500 };

describe('index template', () => {
  test('covers day indices and the old one, and leaves names that merely begin alike', () => {
    const patterns = logTemplate(SETTINGS).index_patterns.map(
      (one) => new RegExp(`^${one.replace('.', '\\.').replace('*', '.*')}$`),
    );
    const covered = (name: string) => patterns.some((one) => one.test(name));
    expect(['logs-2026.11.24', 'logs-old'].map(covered)).toEqual([true, true]);
    expect(['logs', 'logs-eu', 'logs-eu-2026.11.24', 'logstash-2026.11.24', 'xlogs-2026'].map(covered)).not.toContain(
      true,
    );
    expect(TEMPLATE_PRIORITY).toBeGreaterThan(100);
  });

  test('takes shards, replicas and refresh from the settings', () => {
    expect(logTemplate(SETTINGS).template.settings.index).toMatchObject({
      number_of_shards: 3,
      number_of_replicas: 1,
      refresh_interval: '500ms',
    });
  });
});

describe('dead-letter template', () => {
  const covers = (patterns: string[], name: string) =>
    patterns.some((one) => new RegExp(`^${one.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(name));

  test('covers the letters of its prefix, and no log index', () => {
    const { index_patterns: letters } = letterTemplate(SETTINGS);
    const names = ['dead-letters-logs-2026.11.24', 'dead-letters-logs-old'];
    expect(names.map((name) => covers(letters, name))).toEqual([true, true]);
    const others = ['logs-2026.11.24', 'dead-letters-logs-eu-2026.11.24', 'dead-letters-logs'];
    expect(others.map((name) => covers(letters, name))).not.toContain(true);
    expect(names.map((name) => covers(['logs-*'], name))).not.toContain(true);
  });

  test('has a field for everything that a letter holds', () => {
    const record = kafkaRecord('x', { key: Buffer.from('k'), headers: { a: 'b' } });
    const rejection = rejectParts(2, [{ part: 1, code: 'invalid_field', field: '', detail: '' }]);
    const letter = { topic: 'logs', generation: 1, partition: 0, epoch: 1, record, rejection };
    const document = {
      ...letterDocument(letter, { hash: () => '', redact: (one) => ({ ...one }) }, ''),
      operation: '',
      edited: true,
    };
    expect(Object.keys(document).sort()).toEqual(Object.keys(LETTER_MAPPING.properties).sort());
  });
});

describe('prepareIndices', () => {
  const server = new FakeElasticsearch();
  beforeAll(() => server.open());
  afterAll(() => server.close());

  test('puts its templates under the prefix’s name', async () => {
    server.answer = () => ({ body: { acknowledged: true } });
    await prepareIndices(server.client, SETTINGS);
    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PUT /_index_template/sluice-logs',
      'PUT /_index_template/sluice-logs-dead-letters',
      'PUT /dead-letters-logs-2*.*.*%2Cdead-letters-logs-old/_mapping',
      'PUT /_index_template/sluice-logs-redrives',
      'PUT /_index_template/sluice-logs-replays',
      'PUT /_index_template/sluice-logs-expired',
      'PUT /_index_template/sluice-logs-epochs',
      'PUT /logs-2*.*.*%2Clogs-old/_mapping',
    ]);
  });

  test.each([400, 403, 404])('goes on when the log indices that exist take no more fields (%p)', async (status) => {
    server.answer = ({ path }) =>
      /^\/logs.*\/_mapping$/.test(path) ? { status, body: {} } : { body: { acknowledged: true } };
    await expect(prepareIndices(server.client, SETTINGS)).resolves.toBeUndefined();
  });

  test('indices of dead letters may be missing, but must learn the new field', async () => {
    let status = 404;
    server.answer = ({ path }) =>
      /^\/dead-letters.*\/_mapping/.test(path) ? { status, body: {} } : { body: { acknowledged: true } };
    await expect(prepareIndices(server.client, SETTINGS)).resolves.toBeUndefined();
    status = 403;
    await expect(prepareIndices(server.client, SETTINGS)).rejects.toMatchObject({ code: 'elasticsearch_denied' });
  });

  test.each<[Answer, string, RegExp]>([
    [
      { status: 400, body: { error: { type: 'x', reason: 'multiple templates' } } },
      'index_template_refused',
      /refused/,
    ],
    [{ status: 401, body: {} }, 'elasticsearch_denied', /401/],
    [{ status: 403, body: {} }, 'elasticsearch_denied', /403/],
    [{ status: 503, body: {} }, 'elasticsearch_unavailable', /503/],
    ['drop', 'elasticsearch_unavailable', /no Elasticsearch node answers/],
  ])('answered by %j: %s', async (answer, code, message) => {
    server.answer = () => answer;
    const error = await prepareIndices(server.client, SETTINGS).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PipelineError);
    expect((error as PipelineError).code).toBe(code);
    expect((error as PipelineError).message).toMatch(message);
  });
});

describe('index retention', () => {
  const server = new FakeElasticsearch();
  beforeAll(() => server.open());
  afterAll(() => server.close());

  const retention = () => createIndexRetention(server.client, 'logs', 'logs');

  test('lists day indices, oldest first, and nothing that only looks alike', async () => {
    const names = [
      'logs-2026.11.22',
      'logs-2026.11.21',
      'logs-old',
      'logs-eu-2026.11.01',
      'logs-2026.11.1',
      'logs-2026.11.21-x',
    ];
    const settings = { index: { uuid: 'u' } };
    const primaries = { docs: { count: 7 }, store: { size_in_bytes: 900 } };
    server.answer = ({ path }) => ({
      body: path.includes('_stats')
        ? { indices: { 'logs-2026.11.21': { primaries } } }
        : Object.fromEntries(names.map((name) => [name, { settings }])),
    });
    expect(await retention().list()).toEqual([
      { index: 'logs-2026.11.21', day: '2026.11.21', uuid: 'u', documents: 7, bytes: 900 },
      { index: 'logs-2026.11.22', day: '2026.11.22', uuid: 'u', documents: 0, bytes: 0 },
    ]);
  });

  test('no index at all: none is listed', async () => {
    server.answer = () => ({ body: {} });
    expect(await retention().list()).toEqual([]);
  });

  test('deletes by exact name', async () => {
    await retention().remove('logs-2026.11.21');
    const deletes = server.seen.filter(({ method }) => method === 'DELETE').map(({ path }) => path.split('?')[0]);
    expect(deletes).toEqual(['/logs-2026.11.21']);
  });

  test('what the server refuses is one of our errors', async () => {
    server.answer = () => ({ status: 403, body: {} });
    await expect(retention().list()).rejects.toMatchObject({ code: 'elasticsearch_denied' });
    await expect(retention().account('logs-2026.11.21')).rejects.toMatchObject({ code: 'elasticsearch_denied' });
    await expect(createExpiryLog(server.client, SETTINGS).list()).rejects.toMatchObject({
      code: 'elasticsearch_denied',
    });
  });
});
