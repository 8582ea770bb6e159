import { dirname } from 'node:path';
import { VERSIONS } from '../versions';
import { fetchOnce, type Progress } from './fetch-once';
import { copyJars } from './maven';
import type { Programs } from './programs';

/** Fetches the jars of Kafka's server and of the tool that formats its storage (54 MB). */
export async function fetchKafka(programs: Programs, javaHome: string, progress: Progress): Promise<void> {
  const label = `Kafka ${VERSIONS.kafka}`;
  await fetchOnce(dirname(programs.kafkaLib), label, progress, async (folder) => {
    progress(`${label}: fetching`);
    await copyJars(
      label,
      [
        `org.apache.kafka:kafka_2.13:${VERSIONS.kafka}`,
        `org.apache.kafka:kafka-tools:${VERSIONS.kafka}`,
        `org.apache.logging.log4j:log4j-slf4j-impl:${VERSIONS.kafkaLogBinding}`,
      ],
      folder,
      javaHome,
      progress,
    );
    progress(`${label}: fetched`);
  });
}
