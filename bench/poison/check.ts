import type { Client } from '@elastic/elasticsearch';
import type { Kafka } from 'kafkajs';
import { lettersOf } from '../../chaos/check/read-letters';
import { readTopic } from '../../chaos/check/read-topic';
import { letterIndexPatterns } from '../../src/domain/dead-letter';

/** What is not as it must be: one letter for each bad record, in the topic and in the index, and a document for the rest. */
export async function checkFates(
  client: Client,
  kafka: Kafka,
  run: { deadLetterTopic: string; indexPrefix: string; count: number; bad: ReadonlySet<string> },
): Promise<string[]> {
  const { bad, count } = run;
  const found: string[] = [];
  const demand = (what: string, is: number, must: number) => {
    if (is !== must) found.push(`${what}: ${is}, must be ${must}`);
  };
  const documents = `${run.indexPrefix}-2*`;
  const letters = letterIndexPatterns(run.indexPrefix);
  await client.indices.refresh({ index: [documents, ...letters], allow_no_indices: true, ignore_unavailable: true });
  const countOf = async (index: string | string[], ids?: string[]) => {
    const query = ids ? { ids: { values: ids } } : { match_all: {} };
    return (await client.count({ index, query, allow_no_indices: true, ignore_unavailable: true })).count;
  };
  const ids = [...bad];
  demand('documents', await countOf(documents), count - bad.size);
  demand('documents of bad records', await countOf(documents, ids), 0);
  demand('letters in the index', await countOf(letters), bad.size);
  demand('of these of bad records', await countOf(letters, ids), bad.size);
  const keys = lettersOf(await readTopic(kafka, run.deadLetterTopic)).map(({ key }) => key);
  demand('letters in the topic', keys.length, bad.size);
  demand('of these of bad records', new Set(keys.filter((key) => bad.has(key))).size, bad.size);
  return found;
}
