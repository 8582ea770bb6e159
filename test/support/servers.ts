import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Programs } from '../../local/fetch/programs';
import { elasticsearchSpec } from '../../local/servers/elasticsearch';
import { kafkaSpec } from '../../local/servers/kafka';
import type { ProcessSpec } from '../../local/servers/process-spec';
import { temporalSpec } from '../../local/servers/temporal';
import { isAlive, type ProcessIdentity } from '../../local/system/process-identity';
import { startProcess, waitUntilReady } from '../../local/system/start-process';
import { killProcess, stopProcess } from '../../local/system/stop-process';

/** What SLUICE_TEST_SERVERS holds: enough to start each server again on the same port and data. */
export interface TestServers {
  folder: string;
  programs: Programs;
  javaHome: string;
  ports: Record<
    'kafka' | 'kafkaController' | 'elasticsearch' | 'elasticsearchTransport' | 'temporal' | 'temporalUi',
    number
  >;
}

export type ServerName = 'kafka' | 'elasticsearch' | 'temporal';
export const SERVER_NAMES: readonly ServerName[] = ['kafka', 'elasticsearch', 'temporal'];

/** kill -9 of one server of this test run; returns once it is gone. Its data stays. */
export async function killServer(name: ServerName): Promise<void> {
  const identity = readPids(testServers().folder)[name];
  if (identity) await killProcess(identity);
}

/** SIGTERM to one server of this test run, SIGKILL if it takes too long; returns once it is gone. */
export async function stopServer(name: ServerName): Promise<void> {
  const identity = readPids(testServers().folder)[name];
  if (identity) await stopProcess(identity, 20_000);
}

/** Starts one server on its port and data and returns once it serves; does nothing while it runs. */
export async function startServer(name: ServerName): Promise<void> {
  await startTestServer(testServers(), name);
}

function testServers(): TestServers {
  const text = process.env['SLUICE_TEST_SERVERS'];
  if (!text) throw new Error('SLUICE_TEST_SERVERS is not set: run this test in the jest project `integration`');
  return JSON.parse(text) as TestServers;
}

/** The same for global setup, which has no environment variable yet. */
export async function startTestServer(servers: TestServers, name: ServerName): Promise<void> {
  const running = readPids(servers.folder)[name];
  if (running && isAlive(running)) return;
  const spec = specOf(servers, name);
  const logFile = join(servers.folder, `${name}.log`);
  const { child, identity } = await startProcess(spec, logFile);
  child.unref();
  writePid(servers.folder, name, identity);
  try {
    await waitUntilReady(spec, identity, logFile);
  } catch (error) {
    const lastLines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
    throw new Error(`${(error as Error).message}\n${lastLines}`, { cause: error });
  }
}

function specOf({ folder, programs, javaHome, ports }: TestServers, name: ServerName): ProcessSpec {
  const dataFolder = join(folder, name);
  switch (name) {
    case 'kafka':
      return kafkaSpec({
        ...{ lib: programs.kafkaLib, javaHome, dataFolder, heapMb: 512 },
        ...{ port: ports.kafka, controllerPort: ports.kafkaController },
      });
    case 'elasticsearch':
      return elasticsearchSpec({
        ...{ home: programs.elasticsearchHome, javaHome, dataFolder, heapMb: 1024 },
        ...{ port: ports.elasticsearch, transportPort: ports.elasticsearchTransport },
      });
    case 'temporal':
      return temporalSpec({ cli: programs.temporalCli, dataFolder, port: ports.temporal, uiPort: ports.temporalUi });
  }
}

type Pids = Partial<Record<ServerName, ProcessIdentity>>;

/** The processes of a test run, as last written down. */
export function readPids(folder: string): Pids {
  const pids: Pids = {};
  for (const name of SERVER_NAMES) {
    try {
      pids[name] = JSON.parse(readFileSync(pidFile(folder, name), 'utf8')) as ProcessIdentity;
    } catch {
      // Not started yet.
    }
  }
  return pids;
}

/** One file per server, replaced in one step: servers may be started from several test files at once. */
function writePid(folder: string, name: ServerName, identity: ProcessIdentity): void {
  const file = pidFile(folder, name);
  writeFileSync(`${file}.new`, JSON.stringify(identity));
  renameSync(`${file}.new`, file);
}

function pidFile(folder: string, name: ServerName): string {
  return join(folder, `${name}.pid.json`);
}
