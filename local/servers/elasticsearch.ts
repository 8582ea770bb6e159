import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { consoleLogging } from './java-logging';
import type { ProcessSpec } from './process-spec';

export interface ElasticsearchOptions {
  home: string;
  javaHome: string;
  dataFolder: string;
  port: number;
  transportPort: number;
  heapMb: number;
}

/** A single Elasticsearch node on loopback. */
export function elasticsearchSpec(options: ElasticsearchOptions): ProcessSpec {
  const { home, dataFolder, port, heapMb } = options;
  const config = join(dataFolder, 'config');
  return {
    name: 'elasticsearch',
    command: join(options.javaHome, 'bin', 'java'),
    args: [
      `-Xms${heapMb}m`,
      `-Xmx${heapMb}m`,
      // Half the heap, as the distribution sets it; by default it may be as much as the heap.
      `-XX:MaxDirectMemorySize=${Math.floor(heapMb / 2)}m`,
      '-XX:-UsePerfData',
      `-Des.path.home=${home}`,
      `-Djava.io.tmpdir=${join(dataFolder, 'tmp')}`,
      '--enable-native-access=ALL-UNNAMED',
      '--add-modules=jdk.incubator.vector',
      '-cp',
      [join(home, 'launcher'), join(home, 'lib', '*')].join(delimiter),
      'SluiceElasticsearch',
      home,
      config,
    ],
    cwd: dataFolder,
    env: process.env,
    prepare: async () => {
      for (const folder of ['config', 'data', 'logs', 'tmp']) mkdirSync(join(dataFolder, folder), { recursive: true });
      writeFileSync(join(config, 'elasticsearch.yml'), nodeSettings(options));
      // The natives are not published as jars; the node says so at length at every start, and runs on.
      writeFileSync(
        join(config, 'log4j2.properties'),
        consoleLogging('warn', { 'org.elasticsearch.nativeaccess': 'error' }),
      );
    },
    isReady: async () => {
      const response = await fetch(`http://127.0.0.1:${port}/_cluster/health`, { signal: AbortSignal.timeout(3_000) });
      if (!response.ok) return false;
      const health = (await response.json()) as { status?: string };
      return health.status === 'green' || health.status === 'yellow';
    },
    readyTimeoutMs: 120_000,
    stopGraceMs: 30_000,
    address: `http://127.0.0.1:${port}`,
  };
}

function nodeSettings({ dataFolder, port, transportPort }: ElasticsearchOptions): string {
  const settings = {
    'cluster.name': 'sluice-local',
    'node.name': 'local',
    'discovery.type': 'single-node',
    'network.host': '127.0.0.1',
    'http.port': port,
    'transport.port': transportPort,
    'path.data': JSON.stringify(join(dataFolder, 'data')),
    'path.logs': JSON.stringify(join(dataFolder, 'logs')),
    // Its own default has half as many again: large searches then share the cores and all end late. See decision 034.
    'thread_pool.search.size': availableParallelism() + 1,
    // A developer's disk is often fuller than 85 %; what matters is that some space is left.
    'cluster.routing.allocation.disk.watermark.low': '2gb',
    'cluster.routing.allocation.disk.watermark.high': '1gb',
    'cluster.routing.allocation.disk.watermark.flood_stage': '512mb',
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
}
