import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { runCommand } from '../system/run-command';
import type { ProcessSpec } from './process-spec';
import { consoleLogging } from './java-logging';

/** A further way in: what connects here is told to come by the advertised port, where a proxy forwards it to `port`. */
export interface ProxiedListener {
  port: number;
  advertisedPort: number;
}

export interface KafkaOptions {
  lib: string;
  javaHome: string;
  dataFolder: string;
  port: number;
  controllerPort: number;
  heapMb: number;
  proxied?: readonly ProxiedListener[];
}

const MIB = 1024 * 1024;

/** A single KRaft node, broker and controller at once, on loopback. */
export function kafkaSpec(options: KafkaOptions): ProcessSpec {
  const { dataFolder, port, heapMb } = options;
  const java = join(options.javaHome, 'bin', 'java');
  const properties = join(dataFolder, 'server.properties');
  const logging = join(dataFolder, 'log4j2.properties');
  const classPath = join(options.lib, '*');
  return {
    name: 'kafka',
    command: java,
    args: [
      `-Xms${Math.min(256, heapMb)}m`,
      `-Xmx${heapMb}m`,
      // A small heap on few cores: the serial collector needs the least memory and no threads of its own.
      '-XX:+UseSerialGC',
      '-XX:-UsePerfData',
      '--enable-native-access=ALL-UNNAMED',
      `-Dlog4j2.configurationFile=${logging}`,
      '-cp',
      classPath,
      'kafka.Kafka',
      properties,
    ],
    cwd: dataFolder,
    env: process.env,
    prepare: async () => {
      mkdirSync(join(dataFolder, 'log'), { recursive: true });
      writeFileSync(properties, serverProperties(options));
      writeFileSync(logging, consoleLogging('warn'));
      if (existsSync(join(dataFolder, 'log', 'meta.properties'))) return;
      // Unlike the tool's own random id this one cannot begin with a dash, which it would take for an option.
      const clusterId = `S${randomBytes(16).toString('base64url').slice(1, 21)}A`;
      const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties];
      await runCommand(java, ['-cp', classPath, `-Dlog4j2.configurationFile=${logging}`, ...format]);
    },
    isReady: () => answers(port),
    readyTimeoutMs: 90_000,
    stopGraceMs: 30_000,
    address: `127.0.0.1:${port}`,
  };
}

/** True once the broker has registered with its controller and lists its topics. */
async function answers(port: number): Promise<boolean> {
  const kafka = new Kafka({
    clientId: 'sluice-local',
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    await admin.listTopics();
    return cluster.brokers.length > 0;
  } finally {
    await admin.disconnect();
  }
}

function serverProperties({ dataFolder, port, controllerPort, proxied = [] }: KafkaOptions): string {
  const broker = `PLAINTEXT://127.0.0.1:${port}`;
  const names = ['CONTROLLER', 'PLAINTEXT', ...proxied.map((_listener, index) => `PROXIED${index}`)];
  const further = (of: (listener: ProxiedListener) => number) =>
    proxied.map((listener, index) => `PROXIED${index}://127.0.0.1:${of(listener)}`);
  const settings: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    // Static voters: unlike a quorum formatted as standalone, it follows a change of the port.
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: [broker, `CONTROLLER://127.0.0.1:${controllerPort}`, ...further((one) => one.port)].join(),
    'advertised.listeners': [broker, ...further((one) => one.advertisedPort)].join(),
    'listener.security.protocol.map': names.map((name) => `${name}:PLAINTEXT`).join(),
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(dataFolder, 'log'),
    // A topic that was deleted must not come back by itself with the wrong settings.
    'auto.create.topics.enable': false,
    'num.partitions': 4,
    'default.replication.factor': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'offsets.topic.segment.bytes': 8 * MIB,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'transaction.state.log.segment.bytes': 8 * MIB,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    // After kill -9 the broker is let in again only when its old session has ended: 9 s by default.
    'broker.session.timeout.ms': 5_000,
    'broker.heartbeat.interval.ms': 1_000,
    // Retention deletes whole closed segments: with the default of 1 GiB a small topic would never shrink.
    'log.segment.bytes': 64 * MIB,
    'log.retention.check.interval.ms': 60_000,
    'log.cleaner.dedupe.buffer.size': 16 * MIB,
    'metadata.log.segment.bytes': 8 * MIB,
    'metadata.max.retention.bytes': 32 * MIB,
    'metadata.log.max.record.bytes.between.snapshots': 4 * MIB,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 2,
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
