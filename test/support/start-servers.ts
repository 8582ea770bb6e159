import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchServers } from '../../local/fetch/fetch-servers';
import { localFolder } from '../../local/local-folder';
import { programsIn } from '../../local/fetch/programs';
import { projectRoot } from '../../local/project';
import { findJdk } from '../../local/system/find-jdk';
import { freePorts } from '../../local/system/ports';
import { VERSIONS } from '../../local/versions';
import { prepareTemporal } from './prepare-temporal';
import { SERVER_NAMES, startTestServer, type TestServers } from './servers';
import { stopTestServers } from './stop-test-servers';

/**
 * Starts the real three servers for the integration tests, on free ports and in a folder of their own, and says in the
 * environment where they are. A watchdog stops them even when jest is killed.
 */
export default async function startServers(): Promise<void> {
  const javaHome = findJdk(process.env)?.home;
  if (!javaHome) throw new Error(`no JDK of ${VERSIONS.minimumJava} or newer found: install one or set JAVA_HOME`);
  const programs = programsIn(localFolder(process.env));
  const say = (line: string) => process.stderr.write(`${line}\n`);
  await fetchServers(programs, javaHome, say);
  await prepareTemporal();

  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  startWatchdog(folder);
  const servers: TestServers = { folder, programs, javaHome, ports: await choosePorts() };
  const started = await Promise.allSettled(SERVER_NAMES.map((name) => startTestServer(servers, name)));
  const failure = started.find((result) => result.status === 'rejected');
  if (failure) {
    await stopTestServers(folder);
    throw failure.reason;
  }
  exportAddresses(servers);
}

function exportAddresses(servers: TestServers): void {
  const { ports, programs } = servers;
  Object.assign(process.env, {
    SLUICE_TEST_KAFKA_BROKERS: `127.0.0.1:${ports.kafka}`,
    SLUICE_TEST_ELASTICSEARCH_URL: `http://127.0.0.1:${ports.elasticsearch}`,
    SLUICE_TEST_TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`,
    SLUICE_TEST_TEMPORAL_UI: `http://127.0.0.1:${ports.temporalUi}`,
    SLUICE_TEST_SERVERS: JSON.stringify(servers),
    SLUICE_TEMPORAL_CLI: programs.temporalCli,
  });
}

async function choosePorts(): Promise<TestServers['ports']> {
  const ports = await freePorts(6);
  return {
    kafka: ports[0]!,
    kafkaController: ports[1]!,
    elasticsearch: ports[2]!,
    elasticsearchTransport: ports[3]!,
    temporal: ports[4]!,
    temporalUi: ports[5]!,
  };
}

/** The pipe is closed by the kernel when jest ends, however it ends. */
function startWatchdog(folder: string): void {
  const script = join(__dirname, 'watchdog.ts');
  const watchdog = spawn(process.execPath, ['--require', 'tsx/cjs', script, folder], {
    cwd: projectRoot(),
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.unref();
  (watchdog.stdin as unknown as { unref(): void }).unref();
}
