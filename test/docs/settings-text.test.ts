import {
  renderEnvExample,
  renderTables,
  replaceBetween,
  settingSections,
  stackSections,
} from '../../docs/settings-text';
import { loadConfig } from '../../src/config';
import { settings } from '../../src/settings';
import { resolveStackSettings } from '../../local/stack-settings';
import { parseEnv } from 'node:util';
import { read } from './documents';

const STALE = 'run `npm run docs:settings`';

describe('the tables of settings', () => {
  const readme = read('README.md');

  it(`in the README are fresh, or else: ${STALE}`, () => {
    expect(replaceBetween(readme, 'settings', renderTables(settingSections()))).toBe(readme);
    expect(replaceBetween(readme, 'stack-settings', renderTables(stackSections()))).toBe(readme);
  });

  it('have every setting of the schema, each once', () => {
    const names = settingSections().flatMap(({ entries }) => entries.map(({ name }) => name));
    const known = Object.values(settings).flatMap((section) => Object.values(section).map(({ env }) => env));
    expect(names).toEqual(known);
    expect(new Set(names).size).toBe(names.length);
  });

  it('say what a setting may be', () => {
    const entry = (wanted: string) =>
      settingSections()
        .flatMap(({ entries }) => entries)
        .find(({ name }) => name === wanted)!;
    expect(entry('KAFKA_PARTITIONS')).toMatchObject({ value: '4', range: '1 to 10000' });
    expect(entry('LOG_LEVEL').range).toBe('`debug`, `info`, `warn`, `error`');
    expect(entry('KAFKA_OLDEST_DAY')).toMatchObject({ value: '', range: 'date, YYYY-MM-DD' });
    expect(entry('API_CORS_ORIGINS')).toMatchObject({ value: '', range: 'list' });
  });
});

describe('.env.example', () => {
  const example = read('.env.example');

  it(`is fresh, or else: ${STALE}`, () => {
    expect(example).toBe(renderEnvExample([...settingSections(), ...stackSections()]));
  });

  it('changes nothing when it is uncommented as a whole', () => {
    const env = parseEnv(example.replace(/^#([A-Z_]+=)/gm, '$1'));
    expect(loadConfig(env)).toEqual(loadConfig({}));
    const { childEnv: given, ...stack } = resolveStackSettings(env);
    const { childEnv: bare, ...defaults } = resolveStackSettings({});
    expect(stack).toEqual(defaults);
    expect(given).toMatchObject(bare);
  });
});

describe('replaceBetween', () => {
  it('refuses a document without the markers', () => {
    expect(() => replaceBetween('# Title', 'settings', 'text')).toThrow('<!-- settings -->');
  });
});
