import { readFileSync } from 'node:fs';
import type { ClientOptions } from '@elastic/elasticsearch';
import { readSecret, unreadable } from '../secret-files';

/** How to reach the cluster safely; an https address alone trusts the system's authorities. */
export interface ElasticsearchSecurity {
  url: string;
  apiKey?: string | undefined;
  apiKeyFile?: string | undefined;
  username?: string | undefined;
  password?: string | undefined;
  passwordFile?: string | undefined;
  /** Paths of PEM files. */
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
}

/** What contradicts itself or is missing, and which files cannot be read: one line each; never a secret. */
export function elasticsearchProblems(settings: ElasticsearchSecurity): string[] {
  const { url, apiKey, apiKeyFile, username, password, passwordFile, ca, cert, key } = settings;
  const problems: string[] = [];
  const demand = (sound: boolean, problem: string) => void (sound || problems.push(problem));
  const has = (...values: (string | undefined)[]) => values.filter((value) => value !== undefined).length;
  const name = 'ELASTICSEARCH';
  demand(
    has(ca, cert, key) === 0 || url.startsWith('https:'),
    `${name}_URL: must be https for ${name}_CA, _CERT and _KEY`,
  );
  demand(has(cert, key) !== 1, `${name}_CERT and ${name}_KEY: set both or none`);
  demand(has(apiKey, apiKeyFile) < 2, `${name}_API_KEY and ${name}_API_KEY_FILE: set one of them`);
  demand(has(password, passwordFile) < 2, `${name}_PASSWORD and ${name}_PASSWORD_FILE: set one of them`);
  demand(
    has(username) === has(password, passwordFile) || has(password, passwordFile) > 1,
    `${name}_USERNAME: is set together with ${name}_PASSWORD or ${name}_PASSWORD_FILE`,
  );
  demand(has(apiKey, apiKeyFile) === 0 || has(username) === 0, `${name}_API_KEY and ${name}_USERNAME: set one of them`);
  const files = { CA: ca, CERT: cert, KEY: key, API_KEY_FILE: apiKeyFile, PASSWORD_FILE: passwordFile };
  for (const [end, file] of Object.entries(files)) {
    if (file !== undefined) problems.push(...unreadable(`${name}_${end}`, file));
  }
  return problems;
}

/** The settings as the client takes them, files read. @throws Error when a file cannot be read */
export function elasticsearchOptions(settings: ElasticsearchSecurity): Pick<ClientOptions, 'auth' | 'tls'> {
  const { username, ca, cert, key } = settings;
  const apiKey = readSecret(settings.apiKey, settings.apiKeyFile);
  const password = readSecret(settings.password, settings.passwordFile);
  const pem = (file: string | undefined, as: string) =>
    file === undefined ? {} : { [as]: readFileSync(file, 'utf8') };
  const tls = { ...pem(ca, 'ca'), ...pem(cert, 'cert'), ...pem(key, 'key') };
  return {
    ...(apiKey === undefined ? {} : { auth: { apiKey } }),
    ...(username === undefined ? {} : { auth: { username, password: password ?? '' } }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
}

/** What to check when no connection comes about for TLS's sake; undefined when TLS is not the reason. */
export function tlsAdvice(error: unknown): string | undefined {
  const { message = '', cause } = (error ?? {}) as { message?: string; cause?: unknown };
  if (/self[- ]signed|unable to (verify|get)|unknown ca\b|CERT_UNTRUSTED/i.test(message)) {
    return 'its certificate is not from an authority that is trusted: check ELASTICSEARCH_CA';
  }
  if (/has expired|not yet valid/i.test(message)) return 'its certificate is out of date';
  if (/altnames|Hostname\/IP/i.test(message)) return 'its certificate is for another name: check ELASTICSEARCH_URL';
  if (/certificate required|bad certificate|handshake failure/i.test(message)) {
    return 'it does not take our certificate: check ELASTICSEARCH_CERT and ELASTICSEARCH_KEY';
  }
  if (/wrong version number|packet length too long/i.test(message)) {
    return 'it does not speak TLS: check ELASTICSEARCH_URL';
  }
  return cause === undefined || cause === error ? undefined : tlsAdvice(cause);
}
