import { z } from 'zod';
import { ConfigError, describeConfig, loadConfig } from '../src/config';
import { settings } from '../src/settings';
import { RULES } from './support/records';

/** The message of the ConfigError for an environment. */
function problemsOf(env: Record<string, string>): string {
  try {
    loadConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('the configuration was accepted');
}

describe('loadConfig', () => {
  test('an empty environment gives every setting its default', () => {
    const config = loadConfig({});
    expect(config.kafka).toMatchObject({ brokers: ['127.0.0.1:9092'], topic: 'logs', partitions: 4 });
    expect(config.kafka.oldestDay).toBeUndefined();
    expect(config.api.host).toBe('127.0.0.1');
    expect(config.scoring).toEqual(RULES);
  });

  test.each(['', ' ', '\t'])('a variable that is %j counts as unset', (blank) => {
    const env = { KAFKA_BROKERS: blank, GENERATOR_RATE: blank, API_PORT: blank, KAFKA_OLDEST_DAY: blank };
    expect(loadConfig(env)).toEqual(loadConfig({}));
  });

  test('a list: parts are trimmed, empty ones left out', () => {
    expect(loadConfig({ KAFKA_BROKERS: ' a:1, ,b:2,' }).kafka.brokers).toEqual(['a:1', 'b:2']);
  });

  test.each([
    ['KAFKA_BROKERS', ' , '],
    ['KAFKA_TOPIC', 'lögs'],
    ['KAFKA_TOPIC', 'a'.repeat(250)],
    ['KAFKA_PARTITIONS', 'four'],
    ['KAFKA_PARTITIONS', '0'],
    ['KAFKA_PARTITIONS', '1.5'],
    ['KAFKA_PARTITIONS', 'Infinity'],
    ['KAFKA_RETENTION_MS', '-1'],
    ['KAFKA_OLDEST_DAY', '2026-02-30'],
    ['KAFKA_OLDEST_DAY', 'yesterday'],
    ['ELASTICSEARCH_URL', 'localhost:9200'],
    ['ELASTICSEARCH_URL', 'ftp://localhost'],
    ['INDEX_PREFIX', 'Logs'],
    ['INDEX_PREFIX', '-logs'],
    ['INDEX_PREFIX', 'logs*'],
    ['INDEX_REPLICAS', 'NaN'],
    ['BATCH_MAX_RECORDS', '50001'],
    ['SCORE_ERROR', '101'],
    ['SCORE_ANOMALY_THRESHOLD', '0'],
    ['API_PORT', '65536'],
    ['API_ALLOW_UNAUTHENTICATED_BIND', 'maybe'],
    ['GENERATOR_RATE', '-1'],
    ['GENERATOR_COMPRESSION', 'brotli'],
    ['LOG_LEVEL', 'verbose'],
  ])('%s=%s is refused by a line that names the variable', (name, value) => {
    expect(problemsOf({ [name]: value })).toMatch(new RegExp(`^  ${name}: \\S`, 'm'));
  });

  test('several mistakes at once: a line for each, and none for what is right', () => {
    const message = problemsOf({ API_PORT: 'x', SCORE_WARN: '-3', LOG_LEVEL: 'loud', KAFKA_TOPIC: 'fine' });
    expect(message.split('\n').map((line) => line.trim().split(':')[0])).toEqual([
      'bad configuration',
      'SCORE_WARN',
      'API_PORT',
      'LOG_LEVEL',
    ]);
  });

  test('one topic for logs and dead letters is refused: a dead letter would be read and rejected for ever', () => {
    expect(problemsOf({ KAFKA_TOPIC: 'logs', KAFKA_DEAD_LETTER_TOPIC: 'logs' })).toContain('KAFKA_DEAD_LETTER_TOPIC');
  });

  test('the result is frozen, sections and lists too', () => {
    const config = loadConfig({}) as unknown as { kafka: { topic: string; brokers: string[] } };
    expect(() => (config.kafka = { topic: 'x', brokers: [] })).toThrow(TypeError);
    expect(() => (config.kafka.topic = 'x')).toThrow(TypeError);
    expect(() => config.kafka.brokers.push('x:1')).toThrow(TypeError);
  });
});

describe('settings', () => {
  const all = Object.values(settings).flatMap((section) => Object.values(section) as { env: string; about: string }[]);

  test('every variable stands there once, in capitals, with a sentence about it', () => {
    const names = all.map(({ env }) => env);
    expect(new Set(names).size).toBe(names.length);
    for (const { env, about } of all) {
      expect(env).toMatch(/^[A-Z][A-Z0-9_]+$/);
      expect(about).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('describeConfig', () => {
  test('shows every setting under its variable', () => {
    const shown = describeConfig(loadConfig({ API_PORT: '8001' }));
    expect(shown).toMatchObject({ API_PORT: 8001, KAFKA_TOPIC: 'logs' });
    expect(Object.keys(shown)).toHaveLength(Object.values(settings).flatMap(Object.values).length);
  });

  test('the password in an address is masked', () => {
    const shown = describeConfig(loadConfig({ ELASTICSEARCH_URL: 'https://elastic:hunter2@es.example:9200/path' }));
    expect(shown['ELASTICSEARCH_URL']).toBe('https://***@es.example:9200/path');
  });

  test('a setting marked as secret is masked when it is set', () => {
    const { schema } = settings.kafka.groupId;
    z.globalRegistry.add(schema, { secret: true });
    try {
      expect(describeConfig(loadConfig({ KAFKA_GROUP_ID: 'hunter2' }))['KAFKA_GROUP_ID']).toBe('***');
    } finally {
      z.globalRegistry.remove(schema);
    }
  });
});
