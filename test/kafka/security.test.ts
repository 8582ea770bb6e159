import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, describeConfig, loadConfig } from '../../src/config';
import { securityOptions } from '../../src/kafka/security';

const folder = mkdtempSync(join(tmpdir(), 'sluice-security-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const LOGIN = {
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KAFKA_SASL_USERNAME: 'sluice',
  KAFKA_SASL_PASSWORD: 'open sesame',
};
const problems = (env: Record<string, string>): string => {
  try {
    loadConfig(env);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
};

describe('security of the Kafka connection', () => {
  test('nothing set: neither TLS nor a login', () => {
    expect(securityOptions(loadConfig({}).kafka)).toEqual({});
  });

  test('TLS with files and a login: as kafkajs takes them, and no secret is shown', () => {
    const env = {
      ...LOGIN,
      KAFKA_SSL: 'true',
      KAFKA_SSL_CA: file('ca.pem', 'CA'),
      KAFKA_SSL_CERT: file('cert.pem', 'CERT'),
      KAFKA_SSL_KEY: file('key.pem', 'KEY'),
    };
    const config = loadConfig(env);
    expect(securityOptions(config.kafka)).toEqual({
      ssl: { ca: 'CA', cert: 'CERT', key: 'KEY' },
      sasl: { mechanism: 'scram-sha-512', username: 'sluice', password: 'open sesame' },
    });
    expect(describeConfig(config)['KAFKA_SASL_PASSWORD']).toBe('***');
    expect(JSON.stringify(describeConfig(config))).not.toContain('sesame');
  });

  test('the password from a file: without the line end that editors leave', () => {
    const env = { ...LOGIN, KAFKA_SASL_PASSWORD: '', KAFKA_SASL_PASSWORD_FILE: file('password', ' with spaces \n') };
    expect(securityOptions(loadConfig(env).kafka).sasl).toMatchObject({ password: ' with spaces ' });
  });

  test.each([
    ['a login without a mechanism', { KAFKA_SASL_USERNAME: 'x' }, 'KAFKA_SASL_MECHANISM'],
    ['a mechanism alone', { KAFKA_SASL_MECHANISM: 'plain' }, 'KAFKA_SASL_USERNAME'],
    ['no password', { ...LOGIN, KAFKA_SASL_PASSWORD: '' }, 'KAFKA_SASL_PASSWORD_FILE'],
    ['two passwords', { ...LOGIN, KAFKA_SASL_PASSWORD_FILE: __filename }, 'set one of them'],
    ['an authority without TLS', { KAFKA_SSL_CA: __filename }, 'KAFKA_SSL: must be true'],
    ['a certificate without its key', { KAFKA_SSL: 'true', KAFKA_SSL_CERT: __filename }, 'set both or none'],
    ['a file that is not there', { KAFKA_SSL: 'true', KAFKA_SSL_CA: '/nowhere/ca.pem' }, 'ENOENT'],
    ['an unknown mechanism', { ...LOGIN, KAFKA_SASL_MECHANISM: 'gssapi' }, 'KAFKA_SASL_MECHANISM'],
  ])('%s is refused, and the line names the variable', (_case, env, told) => {
    const text = problems(env);
    expect(text).toContain(told);
    expect(text).not.toContain('sesame');
  });

  test('an empty file is refused', () => {
    expect(problems({ KAFKA_SSL: 'true', KAFKA_SSL_CA: file('empty.pem', '') })).toContain('is empty');
  });
});
