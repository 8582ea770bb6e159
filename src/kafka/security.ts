import { readFileSync } from 'node:fs';
import type { KafkaConfig, SASLOptions } from 'kafkajs';
import { readSecret, unreadable } from '../secret-files';

/** How to reach the brokers safely; nothing set is a plain connection without a login. */
export interface SecuritySettings {
  ssl?: boolean;
  /** Paths of PEM files. */
  sslCa?: string | undefined;
  sslCert?: string | undefined;
  sslKey?: string | undefined;
  saslMechanism?: 'plain' | 'scram-sha-256' | 'scram-sha-512' | undefined;
  saslUsername?: string | undefined;
  saslPassword?: string | undefined;
  saslPasswordFile?: string | undefined;
}

/**
 * What contradicts itself or is missing in these settings, and which files cannot be read: one line each, with the
 * variables' names; never a secret.
 */
export function securityProblems(settings: SecuritySettings): string[] {
  const { ssl, sslCa, sslCert, sslKey, saslMechanism, saslUsername, saslPassword, saslPasswordFile } = settings;
  const problems: string[] = [];
  const demand = (sound: boolean, problem: string) => void (sound || problems.push(problem));
  demand(ssl === true || !(sslCa ?? sslCert ?? sslKey), 'KAFKA_SSL: must be true for KAFKA_SSL_CA, _CERT and _KEY');
  demand((sslCert === undefined) === (sslKey === undefined), 'KAFKA_SSL_CERT and KAFKA_SSL_KEY: set both or none');
  const login = saslUsername ?? saslPassword ?? saslPasswordFile;
  if (saslMechanism === undefined) {
    demand(login === undefined, 'KAFKA_SASL_MECHANISM: must be set for a user and a password to be used');
  } else {
    demand(saslUsername !== undefined, 'KAFKA_SASL_USERNAME: must be set with KAFKA_SASL_MECHANISM');
    demand(
      (saslPassword === undefined) !== (saslPasswordFile === undefined),
      'KAFKA_SASL_PASSWORD or KAFKA_SASL_PASSWORD_FILE: set one of them with KAFKA_SASL_MECHANISM',
    );
  }
  const files = { KAFKA_SSL_CA: sslCa, KAFKA_SSL_CERT: sslCert, KAFKA_SSL_KEY: sslKey };
  for (const [name, file] of Object.entries({ ...files, KAFKA_SASL_PASSWORD_FILE: saslPasswordFile })) {
    if (file !== undefined) problems.push(...unreadable(name, file));
  }
  return problems;
}

/** The settings as kafkajs takes them, files read. @throws Error when a file cannot be read */
export function securityOptions(settings: SecuritySettings): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  const { ssl, sslCa, sslCert, sslKey, saslMechanism, saslUsername, saslPassword, saslPasswordFile } = settings;
  const read = (file: string) => readFileSync(file, 'utf8');
  const tls = {
    ...(sslCa === undefined ? {} : { ca: read(sslCa) }),
    ...(sslCert === undefined ? {} : { cert: read(sslCert) }),
    ...(sslKey === undefined ? {} : { key: read(sslKey) }),
  };
  const password = readSecret(saslPassword, saslPasswordFile) ?? '';
  return {
    ...(ssl === true ? { ssl: tls } : {}),
    ...(saslMechanism === undefined
      ? {}
      : { sasl: { mechanism: saslMechanism, username: saslUsername ?? '', password } as SASLOptions }),
  };
}
