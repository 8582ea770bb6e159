import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { version } from '../../package.json';
import { loadConfig } from '../../src/config';
import { VERSIONS } from '../../local/versions';
import { ONE_SHOTS, readCompose, ROOT, type Service } from './compose-file';

const compose = readCompose();
const services = Object.entries(compose.services);
const longRunning = services.filter(([name]) => !ONE_SHOTS.includes(name));

/** The compose specification's own schema, which the package `dclint` carries. */
function composeSchema(): object {
  const file = join(ROOT, 'node_modules', 'dclint', 'schemas', 'compose.schema.json');
  const schema = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  // ajv knows draft 7 by its http address only.
  return { ...schema, $schema: 'http://json-schema.org/draft-07/schema#' };
}

const isNamed = (volume: string) => !volume.startsWith('.');

describe('docker-compose.yml', () => {
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(composeSchema());

  it('fits the schema of the compose specification', () => {
    validate(compose);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('is held against a schema that finds mistakes', () => {
    const kafka = { ...compose.services['kafka']!, helthcheck: {} };
    expect(validate({ ...compose, services: { kafka } })).toBe(false);
  });

  it('has the whole system', () => {
    expect(services.map(([name]) => name).sort()).toEqual([
      'api',
      'elasticsearch',
      'generator',
      'grafana',
      'kafka',
      'kibana',
      'kibana-setup',
      'prometheus',
      'temporal',
      'temporal-setup',
      'worker',
    ]);
  });

  it('runs the versions that the native stack runs', () => {
    const images = Object.fromEntries(services.map(([name, { image }]) => [name, image]));
    expect(images).toEqual({
      kafka: `apache/kafka:${VERSIONS.kafka}`,
      elasticsearch: `docker.elastic.co/elasticsearch/elasticsearch:${VERSIONS.elasticsearch}`,
      kibana: `docker.elastic.co/kibana/kibana:${VERSIONS.elasticsearch}`,
      'kibana-setup': `docker.elastic.co/kibana/kibana:${VERSIONS.elasticsearch}`,
      temporal: `temporalio/temporal:${VERSIONS.temporalCli}`,
      'temporal-setup': `temporalio/temporal:${VERSIONS.temporalCli}`,
      worker: `sluice:${version}`,
      api: `sluice:${version}`,
      generator: `sluice:${version}`,
      prometheus: 'prom/prometheus:v3.5.0',
      grafana: 'grafana/grafana:12.1.0',
    });
  });

  test.each(services)('%s publishes its ports on loopback only', (_name, { ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{[A-Z_]+:-\d+\}:\d+$/);
  });

  test.each(longRunning)('%s is restarted, watched and bounded', (name, { restart, healthcheck, mem_limit }) => {
    // A generator that was told how many logs to make has done its work when it ends.
    expect(restart).toBe(name === 'generator' ? 'on-failure' : 'unless-stopped');
    expect(healthcheck?.test.length).toBeGreaterThan(1);
    expect(mem_limit).toBeDefined();
  });

  test.each(ONE_SHOTS)(
    'somebody waits for the end of %s, so that `up --wait` does not take it for a failure',
    (name) => {
      const conditions = services.map(([, { depends_on: all = {} }]) => all[name]?.condition);
      expect(conditions).toContain('service_completed_successfully');
    },
  );

  test.each(services)('%s waits for services that exist and are watched', (_name, { depends_on: all = {} }) => {
    for (const [dependency, { condition }] of Object.entries(all)) {
      expect(condition).toBe(ONE_SHOTS.includes(dependency) ? 'service_completed_successfully' : 'service_healthy');
      expect(compose.services[dependency]).toBeDefined();
    }
  });

  test.each(services)('%s is on the one network and uses declared volumes', (_name, { networks, volumes = [] }) => {
    expect(networks).toEqual(Object.keys(compose.networks));
    for (const volume of volumes.filter(isNamed)) expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
    // Of this machine a container sees the folder of pipeline files, and may not write there.
    expect(volumes.filter((volume) => !isNamed(volume) && volume !== './config:/app/config:ro')).toEqual([]);
  });

  it('keeps the data of every server on a volume of its own', () => {
    const used = services.flatMap(([, { volumes = [] }]) =>
      volumes.filter(isNamed).map((volume) => volume.split(':')[0]),
    );
    // Workers and API share the folder of exports.
    expect(used.sort()).toEqual([...Object.keys(compose.volumes), 'exports'].sort());
  });

  it('gives workers and API one folder of exports, which their user may write to', () => {
    for (const name of ['worker', 'api']) {
      const { volumes = [], environment = {} } = compose.services[name]!;
      expect(volumes).toContain(`exports:${environment['EXPORT_FOLDER']}`);
    }
    expect(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).toContain('install -d -o node -g node -m 0700 /exports');
  });

  it('lets the worker be scaled', () => {
    const worker = compose.services['worker'] as Service;
    expect(worker.container_name).toBeUndefined();
    expect(worker.ports).toBeUndefined();
    expect(worker.deploy?.replicas).toBe('${SLUICE_WORKERS:-1}');
  });

  it('gives a worker longer to stop than it takes at most', () => {
    const { shutdownGraceMs } = loadConfig({}).pipeline;
    // 10 s to cancel what is left: src/workers/create-worker.ts.
    const neededS = shutdownGraceMs / 1000 + 10;
    expect(Number.parseInt(compose.services['worker']!.stop_grace_period!, 10)).toBeGreaterThan(neededS);
  });

  it('creates no topic by itself and listens for containers and for the host', () => {
    const { environment = {} } = compose.services['kafka']!;
    expect(environment['KAFKA_AUTO_CREATE_TOPICS_ENABLE']).toBe('false');
    expect(environment['KAFKA_ADVERTISED_LISTENERS']).toBe(
      'INSIDE://kafka:19092,HOST://127.0.0.1:${SLUICE_KAFKA_PORT:-9092}',
    );
  });
});
