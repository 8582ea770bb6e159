import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { readJson, type Json } from './json-model';

/** A dead letter as it lies in its topic. */
export interface FoundLetter {
  id: string;
  value: Buffer | null;
  reason: string;
  field: string;
  headers: Record<string, Buffer | string | (Buffer | string)[] | undefined>;
}

/** Documents of one page: 500 of 1 MiB each are too many for one answer. */
const PAGE = 200;

/**
 * Every document of the indices, in order of place. Read as text and not through the client, whose JSON.parse would hide
 * what these tests are about: numbers above 2^53 and keys that stand twice.
 */
export async function* readDocuments(
  elasticsearchUrl: string,
  indices: string,
): AsyncGenerator<{ id: string; source: Map<string, Json> }> {
  let after: number[] | undefined;
  await fetch(`${elasticsearchUrl}/${indices}/_refresh`, { method: 'POST' });
  for (;;) {
    const answer = await fetch(`${elasticsearchUrl}/${indices}/_search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        size: PAGE,
        track_total_hits: false,
        sort: [{ 'kafka.partition': 'asc' }, { 'kafka.offset': 'asc' }],
        ...(after === undefined ? {} : { search_after: after }),
      }),
    });
    if (!answer.ok) throw new Error(`search answered ${answer.status}`);
    const hits = (member(member(readJson(await answer.text()), 'hits'), 'hits') ?? []) as Json[];
    if (hits.length === 0) return;
    for (const hit of hits) {
      yield { id: member(hit, '_id') as string, source: member(hit, '_source') as Map<string, Json> };
    }
    const { kafka } = Object.fromEntries(member(hits.at(-1), '_source') as Map<string, Json>);
    after = ['partition', 'offset'].map((name) => Number((member(kafka, name) as { value: string }).value));
  }
}

function member(json: Json | undefined, name: string): Json | undefined {
  return json instanceof Map ? json.get(name) : undefined;
}

/** Every letter of a topic up to its end as of now, in order of offset per partition. */
export async function readLetters(kafka: Kafka, topic: string): Promise<FoundLetter[]> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic).finally(() => admin.disconnect());
  let left = ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  const letters: FoundLetter[] = [];
  if (left === 0) return letters;
  const consumer = kafka.consumer({
    groupId: `letters-${randomUUID()}`,
    maxBytes: 2 ** 26,
    maxBytesPerPartition: 2 ** 25,
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    const run = consumer.run({
      eachMessage: async ({ message }) => {
        const header = (name: string) => String(message.headers?.[name] ?? '');
        letters.push({
          id: String(message.key),
          value: message.value,
          reason: header('sluice.reason'),
          field: header('sluice.field'),
          headers: message.headers ?? {},
        });
        left -= 1;
        if (left === 0) resolve();
      },
    });
    run.catch(reject);
  });
  await consumer.disconnect();
  return letters;
}
