import { settingSections, stackSections } from '../../docs/settings-text';
import { settings } from '../../src/settings';
import { readCompose } from './compose-file';

const { services } = readCompose();

/** Which sections of src/settings.ts a service must be able to set: all that its process may read. */
const SECTIONS: Record<string, (keyof typeof settings)[]> = {
  worker: [
    'kafka',
    'elasticsearch',
    'temporal',
    'topics',
    'pipeline',
    'scoring',
    'redaction',
    'exports',
    'telemetry',
    'process',
  ],
  api: ['kafka', 'elasticsearch', 'temporal', 'topics', 'redaction', 'api', 'exports', 'process'],
  generator: ['kafka', 'generator', 'process'],
};

/** What the stack decides itself: addresses inside the network, and what follows from the published ports. */
const STRUCTURAL: Record<string, string> = {
  KAFKA_BROKERS: 'kafka:19092',
  ELASTICSEARCH_URL: 'http://elasticsearch:9200',
  TEMPORAL_ADDRESS: 'temporal:7233',
  TEMPORAL_UI_URL: 'http://127.0.0.1:${SLUICE_TEMPORAL_UI_PORT:-8233}',
  EXPORT_FOLDER: '/exports',
  API_HOST: '0.0.0.0',
  WORKER_METRICS_HOST: '0.0.0.0',
  WORKER_METRICS_PORT: '9464',
  API_PORT: '8000',
  API_ALLOW_UNAUTHENTICATED_BIND: 'true',
};

const defaults = new Map(
  settingSections()
    .flatMap(({ entries }) => entries)
    .map(({ name, value }) => [name, value]),
);

describe('the settings in docker-compose.yml', () => {
  test.each(Object.entries(SECTIONS))('%s can be told all of its own and nothing else', (service, sections) => {
    const wanted = sections.flatMap((section) => Object.values(settings[section]).map(({ env }) => env));
    expect(Object.keys(services[service]!.environment ?? {}).sort()).toEqual(wanted.sort());
  });

  test.each(Object.keys(SECTIONS))('%s gets them from the environment, with the defaults of the schema', (service) => {
    const wrong = Object.entries(services[service]!.environment ?? {}).filter(([name, value]) => {
      const expected = STRUCTURAL[name] ?? `\${${name}:-${defaults.get(name)}}`;
      return value !== expected;
    });
    expect(wrong).toEqual([]);
  });

  it('leave out no setting of the schema', () => {
    const given = new Set(
      Object.keys(SECTIONS).flatMap((service) => Object.keys(services[service]!.environment ?? {})),
    );
    expect([...defaults.keys()].filter((name) => !given.has(name))).toEqual([]);
  });

  it('have the same default wherever they and the variables of the stack appear', () => {
    const known = new Map(defaults);
    for (const { entries } of stackSections()) for (const { name, value } of entries) known.set(name, value);
    const text = JSON.stringify(services);
    const uses = [...text.matchAll(/\$\{([A-Z_]+):-([^}]*)\}/g)].map(([, name, value]) => [name!, value!] as const);
    expect(uses.length).toBeGreaterThan(defaults.size);
    expect(uses.filter(([name, value]) => known.get(name) !== value)).toEqual([]);
  });

  it('use every variable that is said to be for compose', () => {
    const text = JSON.stringify(services);
    const own = stackSections().find(({ title }) => title === 'docker-compose.yml only')!;
    expect(own.entries.filter(({ name }) => !text.includes(`\${${name}:-`))).toEqual([]);
  });
});
