import startServers from '../test/support/start-servers';
import stopServers from '../test/support/stop-servers';
import { readPids, type TestServers } from '../test/support/servers';

/** The real three servers, started for this run on free ports, in a folder of their own. */
export interface BenchServers {
  brokers: string;
  elasticsearchUrl: string;
  temporalAddress: string;
  ports: TestServers['ports'];
  pids: Record<'kafka' | 'elasticsearch' | 'temporal', number>;
  stop(): Promise<void>;
}

export async function startBenchServers(): Promise<BenchServers> {
  await startServers();
  const { folder, ports } = JSON.parse(process.env['SLUICE_TEST_SERVERS']!) as TestServers;
  const pids = readPids(folder);
  return {
    brokers: process.env['SLUICE_TEST_KAFKA_BROKERS']!,
    elasticsearchUrl: process.env['SLUICE_TEST_ELASTICSEARCH_URL']!,
    temporalAddress: process.env['SLUICE_TEST_TEMPORAL_ADDRESS']!,
    ports,
    pids: { kafka: pids.kafka!.pid, elasticsearch: pids.elasticsearch!.pid, temporal: pids.temporal!.pid },
    stop: () => stopServers(),
  };
}
