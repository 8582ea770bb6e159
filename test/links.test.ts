import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, describeConfig, loadConfig } from '../src/config';
import { elasticsearchOptions, tlsAdvice } from '../src/elasticsearch/security';
import { temporalConnection, withTemporalAdvice } from '../src/temporal-security';

const folder = mkdtempSync(join(tmpdir(), 'sluice-links-'));
afterAll(() => rmSync(folder, { recursive: true }));
const put = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const pem = put('a.pem', 'PEM');
const secretFile = put('secret', 'canary\n');
const HTTPS = { ELASTICSEARCH_URL: 'https://es:9200' };
const TLS = { TEMPORAL_TLS: 'true' };

describe('the settings of the links', () => {
  it.each<[Record<string, string>, string]>([
    [{ ELASTICSEARCH_CA: pem }, 'ELASTICSEARCH_URL: must be https'],
    [{ ...HTTPS, ELASTICSEARCH_CERT: pem }, 'ELASTICSEARCH_CERT and ELASTICSEARCH_KEY: set both'],
    [{ ELASTICSEARCH_API_KEY: 'canary', ELASTICSEARCH_API_KEY_FILE: secretFile }, 'ELASTICSEARCH_API_KEY_FILE'],
    [{ ELASTICSEARCH_USERNAME: 'ann' }, 'ELASTICSEARCH_USERNAME'],
    [{ ELASTICSEARCH_PASSWORD: 'canary' }, 'ELASTICSEARCH_USERNAME'],
    [
      { ELASTICSEARCH_USERNAME: 'ann', ELASTICSEARCH_PASSWORD: 'canary', ELASTICSEARCH_API_KEY: 'canary' },
      'ELASTICSEARCH_API_KEY and ELASTICSEARCH_USERNAME',
    ],
    [{ ...HTTPS, ELASTICSEARCH_CA: join(folder, 'none') }, 'ELASTICSEARCH_CA: the file'],
    [{ TEMPORAL_TLS_CA: pem }, 'TEMPORAL_TLS: must be true'],
    [{ TEMPORAL_API_KEY: 'canary' }, 'TEMPORAL_TLS: must be true for an API key'],
    [{ ...TLS, TEMPORAL_TLS_KEY: pem }, 'TEMPORAL_TLS_CERT and TEMPORAL_TLS_KEY: set both'],
    [{ ...TLS, TEMPORAL_API_KEY_FILE: put('empty', ' \n') }, 'is empty'],
  ])('%p are refused with what to mend, never a secret', (env, told) => {
    const load = () => loadConfig(env);
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(told);
    expect(load).not.toThrow(/canary/);
  });

  it('are masked where the configuration is shown', () => {
    const secrets = { ELASTICSEARCH_API_KEY: 'canary', ...TLS, TEMPORAL_API_KEY: 'canary' };
    expect(JSON.stringify(describeConfig(loadConfig(secrets)))).not.toContain('canary');
  });

  it('are a plain connection by default', () => {
    const config = loadConfig({});
    expect(elasticsearchOptions(config.elasticsearch)).toEqual({});
    expect(temporalConnection(config.temporal)).toEqual({ address: '127.0.0.1:7233' });
  });

  it('are read from files, a secret without its line feed', () => {
    const { elasticsearch, temporal } = loadConfig({
      ...{ ...HTTPS, ELASTICSEARCH_CA: pem, ELASTICSEARCH_USERNAME: 'ann', ELASTICSEARCH_PASSWORD_FILE: secretFile },
      ...{ ...TLS, TEMPORAL_TLS_CERT: pem, TEMPORAL_TLS_KEY: pem, TEMPORAL_API_KEY_FILE: secretFile },
    });
    expect(elasticsearchOptions(elasticsearch)).toEqual({
      auth: { username: 'ann', password: 'canary' },
      tls: { ca: 'PEM' },
    });
    const pair = { crt: Buffer.from('PEM'), key: Buffer.from('PEM') };
    expect(temporalConnection(temporal)).toMatchObject({ tls: { clientCertPair: pair }, apiKey: 'canary' });
  });
});

describe('advice on a connection that does not come about', () => {
  it.each([
    ['self-signed certificate in certificate chain', 'ELASTICSEARCH_CA'],
    ['unable to verify the first certificate', 'ELASTICSEARCH_CA'],
    ['certificate has expired', 'out of date'],
    ["Hostname/IP does not match certificate's altnames", 'ELASTICSEARCH_URL'],
    ['SSL routines:ssl3_get_record:wrong version number', 'ELASTICSEARCH_URL'],
  ])('of Elasticsearch by %s', (message, told) => {
    expect(tlsAdvice(new Error('x', { cause: new Error(message) }))).toContain(told);
  });

  it('of Elasticsearch is none when TLS is not the reason', () => {
    expect(tlsAdvice(new Error('connect ECONNREFUSED 127.0.0.1:9200'))).toBeUndefined();
    expect(tlsAdvice(undefined)).toBeUndefined();
  });

  it.each([
    [
      'hyper::Error(Connect, Custom { kind: InvalidData, error: InvalidCertificate(UnknownIssuer) })',
      'TEMPORAL_TLS_CA',
    ],
    ['received fatal alert: CertificateRequired', 'TEMPORAL_TLS_CERT'],
    ['hyper::Error(Io, Os { code: 32, kind: BrokenPipe, message: "Broken pipe" })', 'TEMPORAL_TLS_CERT'],
    ['operation was canceled: hyper::Error(Canceled, "connection closed")', 'TEMPORAL_TLS_CERT'],
    [
      'hyper::Error(Io, Os { code: 104, kind: ConnectionReset, message: "Connection reset by peer" })',
      'TEMPORAL_TLS_CERT',
    ],
    ['hyper::Error(Io, Custom { kind: UnexpectedEof, error: "peer closed connection" })', 'TEMPORAL_TLS_CERT'],
    ['invalid peer certificate: Expired', 'out of date'],
    ['Request unauthorized: valid authentication credentials are missing', 'TEMPORAL_API_KEY'],
  ])('of Temporal by %s', (message, told) => {
    expect((withTemporalAdvice(new Error('x', { cause: new Error(message) })) as Error).message).toContain(told);
  });

  it('of Temporal is the error as it is when TLS is not the reason', () => {
    const error = new Error('14 UNAVAILABLE: connect ECONNREFUSED');
    expect(withTemporalAdvice(error)).toBe(error);
  });
});
