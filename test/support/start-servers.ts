import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { registerSearchAttributes } from '../../src/workers/search-attributes';
import { obtainPrometheus } from '../../local/fetch/fetch-prometheus';
import { localFolder } from '../../local/local-folder';
import { preparePrograms } from '../../local/private-servers/prepare-programs';
import {
  choosePorts,
  SERVER_NAMES,
  startPrivateServer,
  type PrivateServers,
} from '../../local/private-servers/private-servers';
import { startWatchdog } from '../../local/private-servers/start-watchdog';
import { stopPrivateServers } from '../../local/private-servers/stop-private-servers';
import { prepareTemporal } from './prepare-temporal';

/** Ways to Kafka through a proxy, for the chaos smoke test: one a worker. */
const PROXIED_LISTENERS = 2;

/**
 * Starts the real three servers for the integration tests, on free ports and in a folder of their own, and says in the
 * environment where they are. A watchdog stops them even when jest is killed.
 */
export default async function startServers(): Promise<void> {
  const kept = process.env['SLUICE_TEST_KEPT_SERVERS'];
  if (!kept) {
    await startOwnServers();
    return;
  }
  Object.assign(process.env, JSON.parse(readFileSync(kept, 'utf8')));
  // The workflows of today, whatever they were when the servers were started.
  await prepareTemporal();
}

/** The same for servers that outlive a test run; returns what the environment of those that use them must say. */
export async function startOwnServers(): Promise<Record<string, string>> {
  const { programs, javaHome } = await preparePrograms();
  await prepareTemporal();
  await preparePrometheus();

  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  startWatchdog(folder);
  const heapsMb = { kafka: 512, elasticsearch: 1024 };
  const servers: PrivateServers = { folder, programs, javaHome, heapsMb, ...(await choosePorts(PROXIED_LISTENERS)) };
  const started = await Promise.allSettled(SERVER_NAMES.map((name) => startPrivateServer(servers, name)));
  const failure = started.find((result) => result.status === 'rejected');
  if (failure) {
    await stopPrivateServers(folder);
    throw failure.reason;
  }
  const addresses = addressesOf(servers);
  Object.assign(process.env, addresses);
  await registerAttributes(servers.ports.temporal);
  return addresses;
}

/** Says where Prometheus is; without it the tests that need it say that they are left out. */
async function preparePrometheus(): Promise<void> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const programs = await obtainPrometheus(localFolder(process.env), say).catch((error: unknown) => {
    say(`no Prometheus, so its rules and queries are not tested: ${(error as Error).message}`);
  });
  if (programs) process.env['SLUICE_TEST_PROMETHEUS'] = JSON.stringify(programs);
}

/** For tests that start workflows without a worker's main. */
async function registerAttributes(port: number): Promise<void> {
  const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
  await registerSearchAttributes(new Client({ connection }));
  await connection.close();
}

function addressesOf(servers: PrivateServers): Record<string, string> {
  const { ports, programs } = servers;
  return {
    SLUICE_TEST_KAFKA_BROKERS: `127.0.0.1:${ports.kafka}`,
    SLUICE_TEST_ELASTICSEARCH_URL: `http://127.0.0.1:${ports.elasticsearch}`,
    SLUICE_TEST_TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`,
    SLUICE_TEST_TEMPORAL_UI: `http://127.0.0.1:${ports.temporalUi}`,
    SLUICE_TEST_SERVERS: JSON.stringify(servers),
    SLUICE_TEMPORAL_CLI: programs.temporalCli,
  };
}
