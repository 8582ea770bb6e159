import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Programs } from '../fetch/programs';
import { elasticsearchSpec } from '../servers/elasticsearch';
import { kafkaSpec, type ProxiedListener } from '../servers/kafka';
import type { ProcessSpec } from '../servers/process-spec';
import { temporalSpec } from '../servers/temporal';
import { isAlive } from '../system/process-identity';
import { freePorts } from '../system/ports';
import { startProcess, waitUntilReady } from '../system/start-process';
import { killProcess, stopProcess } from '../system/stop-process';
import { readPids, writePid } from './pids';

/** The three servers of one test or chaos run: enough to start each again on the same port and data. Plain JSON. */
export interface PrivateServers {
  /** Their data, logs and pids. */
  folder: string;
  programs: Programs;
  javaHome: string;
  heapsMb: { kafka: number; elasticsearch: number };
  ports: Record<
    'kafka' | 'kafkaController' | 'elasticsearch' | 'elasticsearchTransport' | 'temporal' | 'temporalUi',
    number
  >;
  /** Ways to Kafka for clients that are to go through a proxy. */
  kafkaProxied: ProxiedListener[];
}

export type ServerName = 'kafka' | 'elasticsearch' | 'temporal';
export const SERVER_NAMES: readonly ServerName[] = ['kafka', 'elasticsearch', 'temporal'];

/** Free ports for the servers, and for as many proxied ways to Kafka as wanted. */
export async function choosePorts(proxied = 0): Promise<Pick<PrivateServers, 'ports' | 'kafkaProxied'>> {
  const ports = await freePorts(6 + 2 * proxied);
  const next = () => ports.shift()!;
  return {
    ports: {
      kafka: next(),
      kafkaController: next(),
      elasticsearch: next(),
      elasticsearchTransport: next(),
      temporal: next(),
      temporalUi: next(),
    },
    kafkaProxied: Array.from({ length: proxied }, () => ({ port: next(), advertisedPort: next() })),
  };
}

/**
 * Starts one server on its port and data and returns once it serves; does nothing while it runs.
 *
 * @throws Error with the last lines of its log
 */
export async function startPrivateServer(servers: PrivateServers, name: ServerName): Promise<void> {
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

/** kill -9; returns once it is gone. Its data stays. */
export async function killPrivateServer({ folder }: PrivateServers, name: ServerName): Promise<void> {
  const identity = readPids(folder)[name];
  if (identity) await killProcess(identity);
}

/** SIGTERM, and SIGKILL if it takes too long; returns once it is gone. */
export async function stopPrivateServer({ folder }: PrivateServers, name: ServerName): Promise<void> {
  const identity = readPids(folder)[name];
  if (identity) await stopProcess(identity, 20_000);
}

/** Where a server keeps its data. */
export function dataFolderOf({ folder }: Pick<PrivateServers, 'folder'>, name: ServerName): string {
  return join(folder, name);
}

function specOf(servers: PrivateServers, name: ServerName): ProcessSpec {
  const { programs, javaHome, ports, heapsMb } = servers;
  const dataFolder = dataFolderOf(servers, name);
  switch (name) {
    case 'kafka':
      return kafkaSpec({
        ...{ lib: programs.kafkaLib, javaHome, dataFolder, heapMb: heapsMb.kafka },
        ...{ port: ports.kafka, controllerPort: ports.kafkaController, proxied: servers.kafkaProxied },
      });
    case 'elasticsearch':
      return elasticsearchSpec({
        ...{ home: programs.elasticsearchHome, javaHome, dataFolder, heapMb: heapsMb.elasticsearch },
        ...{ port: ports.elasticsearch, transportPort: ports.elasticsearchTransport },
      });
    case 'temporal':
      return temporalSpec({ cli: programs.temporalCli, dataFolder, port: ports.temporal, uiPort: ports.temporalUi });
  }
}
