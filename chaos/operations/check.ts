import xxhash from 'xxhash-wasm';
import { letterIndexPatterns } from '../../src/domain/dead-letter';
import { parseDocumentId } from '../../src/domain/ids';
import type { Ledger } from '../../src/domain/ledger';
import { compare, type Difference, type KafkaPartition, type PartitionAccount } from '../check/compare';
import { logIndexPatterns, readDocuments } from '../check/read-documents';
import { lettersOf } from '../check/read-letters';
import { readTopic } from '../check/read-topic';
import { scanHistories } from '../check/scan-histories';
import { canaryOf } from '../load/messages';
import { waitUntilSettled } from '../stack/settle';
import type { Subject } from './subject';

const SETTLE_LIMIT_MS = 120_000;

/** Waits until everything that is in Kafka has its fate. */
export function settle({ clients, names, partitions }: Subject): Promise<Difference[]> {
  return waitUntilSettled(clients, names, partitions, SETTLE_LIMIT_MS);
}

/** What one generation of the topic must have become. */
export interface Truth {
  generation: number;
  kafka: KafkaPartition[];
  accounts: PartitionAccount[];
}

/** Holds every record against its document or dead letter, and the ledger against both. */
export async function checkTruth(subject: Subject, { generation, ...truth }: Truth) {
  const { clients, names } = subject;
  const hasher = await xxhash();
  const ofGeneration = (id: string) => (parseDocumentId(id)?.generation ?? generation) === generation;
  const read = async (patterns: string[]) =>
    (await readDocuments(clients.elasticsearchUrl, patterns)).filter(({ id }) => ofGeneration(id));
  const letters = lettersOf(await readTopic(clients.kafka, names.deadLetterTopic));
  return compare({
    ...truth,
    indexPrefix: names.indexPrefix,
    letters: letters.filter(({ key }) => ofGeneration(key)),
    documents: await read(logIndexPatterns(names.indexPrefix)),
    indexedLetters: await read(letterIndexPatterns(names.indexPrefix)),
    settings: {
      ...subject.scored,
      generation,
      hash: (value) => hasher.h64Raw(value).toString(16).padStart(16, '0'),
    },
  });
}

/** No log text in a history, and no payload that is too large. */
export async function checkHistories({ clients, names }: Subject, seed: number): Promise<Difference[]> {
  return (await scanHistories(clients.temporal, names.taskQueue, canaryOf(seed))).differences;
}

/** The ledger of every partition as its workflow has it. */
export async function readAccounts({ clients, names, partitions }: Subject): Promise<PartitionAccount[]> {
  const states = await Promise.all(
    Array.from({ length: partitions }, (_, partition) => clients.partitionState(names.topic, partition)),
  );
  return states.map(({ partition, ledger }) => ({ partition, ledger }));
}

/** The ledger as the checker knows it, which has no word for what Kafka had deleted: nothing is there. */
export function lostAsVoid(ledger: Ledger): Ledger {
  return { ...ledger, void: ledger.void + ledger.lostUpstream, lostUpstream: 0 };
}
