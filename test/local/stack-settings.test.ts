import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config';
import { portsOf, readEnvironment, resolveStackSettings, StackSettingsError } from '../../local/stack-settings';
import { projectRoot } from '../../local/project';

describe('resolveStackSettings', () => {
  test('without any variable the ports are the documented ones', () => {
    const ports = portsOf(resolveStackSettings({})).map(({ port }) => port);
    expect(ports).toEqual([9092, 9093, 9200, 9300, 7233, 8233, 8000]);
  });

  test('folders lie in .local of the project, and SLUICE_LOCAL_DIR moves them', () => {
    expect(resolveStackSettings({}).dataFolder).toBe(join(projectRoot(), '.local', 'data'));
    const moved = resolveStackSettings({ SLUICE_LOCAL_DIR: '/elsewhere' });
    expect([moved.dataFolder, moved.logFolder]).toEqual(['/elsewhere/data', '/elsewhere/logs']);
  });

  test('the data and the logs can be moved on their own', () => {
    const settings = resolveStackSettings({ SLUICE_DATA_DIR: '/big-disk', SLUICE_LOG_DIR: '/var/log/sluice' });
    expect([settings.dataFolder, settings.logFolder]).toEqual(['/big-disk', '/var/log/sluice']);
  });

  test('the addresses of the processes follow the ports, whatever else is set', () => {
    const { childEnv } = resolveStackSettings({
      KAFKA_BROKERS: 'kafka:19092',
      SLUICE_KAFKA_PORT: '19092',
      SLUICE_ELASTICSEARCH_PORT: '19200',
      SLUICE_TEMPORAL_PORT: '17233',
      SLUICE_TEMPORAL_UI_PORT: '18233',
      API_PORT: '18000',
    });
    const config = loadConfig(childEnv);
    expect(config.kafka.brokers).toEqual(['127.0.0.1:19092']);
    expect(config.elasticsearch.url).toBe('http://127.0.0.1:19200');
    expect(config.temporal.address).toBe('127.0.0.1:17233');
    expect(config.temporal.uiUrl).toBe('http://127.0.0.1:18233');
    expect(config.api.port).toBe(18_000);
  });

  test('the processes get their own settings and none of the stack', () => {
    const { childEnv } = resolveStackSettings({ GENERATOR_RATE: '5', SLUICE_WORKERS: '2', STACK: 'native' });
    expect(childEnv).toMatchObject({ GENERATOR_RATE: '5' });
    expect(childEnv).not.toHaveProperty('SLUICE_WORKERS');
    expect(childEnv).not.toHaveProperty('STACK');
  });

  test('the secret of the cursors is kept with the data, unless one is given', () => {
    const secretOf = (env: NodeJS.ProcessEnv) => {
      const { cursorSecret, cursorSecretFile } = loadConfig(resolveStackSettings(env).childEnv).api;
      return [cursorSecret, cursorSecretFile];
    };
    expect(secretOf({ SLUICE_DATA_DIR: '/big-disk' })).toEqual([undefined, '/big-disk/cursor-secret']);
    expect(secretOf({ API_CURSOR_SECRET: '', SLUICE_DATA_DIR: '/d' })).toEqual([undefined, '/d/cursor-secret']);
    const given = 'a secret that is long enough';
    expect(secretOf({ API_CURSOR_SECRET: given })).toEqual([given, undefined]);
    expect(secretOf({ API_CURSOR_SECRET_FILE: '/mine' })).toEqual([undefined, '/mine']);
  });

  test('every variable that is wrong is named', () => {
    const resolve = () => resolveStackSettings({ SLUICE_KAFKA_PORT: 'many', SLUICE_GENERATOR: 'maybe' });
    expect(resolve).toThrow(StackSettingsError);
    expect(resolve).toThrow(/SLUICE_KAFKA_PORT.*\n.*SLUICE_GENERATOR/);
  });

  test('two servers on one port are refused', () => {
    const resolve = () => resolveStackSettings({ SLUICE_ELASTICSEARCH_PORT: '9092' });
    expect(resolve).toThrow('SLUICE_KAFKA_PORT and SLUICE_ELASTICSEARCH_PORT: both are 9092');
  });
});

describe('readEnvironment', () => {
  test('the environment stands over the file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-env-'));
    const file = join(folder, '.env');
    writeFileSync(file, 'API_PORT=1\n# a comment\nLOG_LEVEL="debug"\n');
    expect(readEnvironment({ API_PORT: '2' }, file)).toEqual({ API_PORT: '2', LOG_LEVEL: 'debug' });
    expect(readEnvironment({ API_PORT: '2' }, join(folder, 'none'))).toEqual({ API_PORT: '2' });
    rmSync(folder, { recursive: true });
  });
});
