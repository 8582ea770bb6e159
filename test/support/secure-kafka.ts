import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kafkaSpec } from '../../local/servers/kafka';
import type { ProcessSpec } from '../../local/servers/process-spec';
import { freePorts } from '../../local/system/ports';
import type { ProcessIdentity } from '../../local/system/process-identity';
import { runCommand } from '../../local/system/run-command';
import { startProcess, waitUntilReady } from '../../local/system/start-process';
import { killProcess } from '../../local/system/stop-process';
import type { TestServers } from './servers';

/** The user of the listeners that want a login. */
export const USER = 'sluice';
export const PASSWORD = 'open-sesame';

/**
 * A second Kafka beside the one of the test run: an open listener, one with a login, one with a login over TLS, and one
 * that wants a client certificate. Certificates are made when it starts.
 */
export class SecureKafka {
  readonly folder = mkdtempSync(join(tmpdir(), 'sluice-secure-kafka-'));
  readonly #servers = JSON.parse(process.env['SLUICE_TEST_SERVERS']!) as TestServers;
  #spec: ProcessSpec | undefined;
  #identity: ProcessIdentity | undefined;
  /** Addresses by listener. */
  brokers = { open: '', login: '', tls: '', certificate: '' };

  async start(): Promise<void> {
    this.#makeCertificates();
    const [port, controllerPort, login, tls, certificate] = (await freePorts(5)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const at = (one: number) => `127.0.0.1:${one}`;
    this.brokers = { open: at(port), login: at(login), tls: at(tls), certificate: at(certificate) };
    const { programs, javaHome } = this.#servers;
    const dataFolder = join(this.folder, 'data');
    mkdirSync(dataFolder);
    const spec = kafkaSpec({ lib: programs.kafkaLib, javaHome, dataFolder, port, controllerPort, heapMb: 384 });
    const prepare = async () => {
      await spec.prepare?.();
      // The last word on a property stands.
      appendFileSync(join(dataFolder, 'server.properties'), this.#properties(controllerPort));
    };
    this.#spec = { ...spec, prepare };
    await this.restart();
    await this.setPassword(PASSWORD);
  }

  /** kill -9 and a start on the same data. */
  async restart(): Promise<void> {
    if (this.#identity) await killProcess(this.#identity);
    const logFile = join(this.folder, 'kafka.log');
    const { child, identity } = await startProcess(this.#spec!, logFile);
    child.unref();
    this.#identity = identity;
    await waitUntilReady(this.#spec!, identity, logFile);
  }

  /** Sets the user's password for SCRAM; connections that are open stay so. */
  async setPassword(password: string): Promise<void> {
    for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512']) {
      const what = ['--alter', '--entity-type', 'users', '--entity-name', USER];
      const tool = ['kafka.admin.ConfigCommand', '--bootstrap-server', this.brokers.open, ...what];
      const { programs, javaHome } = this.#servers;
      await runCommand(join(javaHome, 'bin', 'java'), [
        ...['-cp', join(programs.kafkaLib, '*'), ...tool],
        ...['--add-config', `${mechanism}=[iterations=4096,password=${password}]`],
      ]);
    }
  }

  file(name: 'ca.pem' | 'client.pem' | 'client.key'): string {
    return join(this.folder, name);
  }

  async stop(): Promise<void> {
    if (this.#identity) await killProcess(this.#identity);
    rmSync(this.folder, { recursive: true, force: true });
  }

  #makeCertificates(): void {
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: this.folder, stdio: 'pipe' });
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=test authority',
      ...['-keyout', 'ca.key'],
      ...['-out', 'ca.pem'],
    );
    for (const name of ['server', 'client']) {
      openssl(
        'req',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-subj',
        `/CN=${name}`,
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
      );
      openssl(
        'x509',
        '-req',
        '-days',
        '2',
        '-in',
        `${name}.csr`,
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-copy_extensions',
        'copy',
        '-out',
        `${name}.pem`,
      );
    }
    execFileSync('sh', ['-c', 'cat server.key server.pem > server-all.pem'], { cwd: this.folder });
  }

  #properties(controllerPort: number): string {
    const { open, login, tls, certificate } = this.brokers;
    const outside = `PLAINTEXT://${open},LOGIN://${login},TLS://${tls},CERTIFICATE://${certificate}`;
    const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule';
    const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule';
    const lines: Record<string, string> = {
      listeners: `${outside},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': outside,
      'listener.security.protocol.map':
        'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,LOGIN:SASL_PLAINTEXT,TLS:SASL_SSL,CERTIFICATE:SSL',
      'inter.broker.listener.name': 'PLAINTEXT',
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': join(this.folder, 'server-all.pem'),
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': join(this.folder, 'ca.pem'),
      'listener.name.certificate.ssl.client.auth': 'required',
    };
    for (const listener of ['login', 'tls']) {
      const name = `listener.name.${listener}`;
      lines[`${name}.plain.sasl.jaas.config`] = `${plain} required user_${USER}="${PASSWORD}";`;
      for (const kind of ['256', '512']) lines[`${name}.scram-sha-${kind}.sasl.jaas.config`] = `${scram} required;`;
    }
    return Object.entries(lines)
      .map(([key, value]) => `${key}=${value}\n`)
      .join('');
  }
}
