import type { Client } from '@elastic/elasticsearch';
import type { FateReader, PartitionRange } from '../activities/ports';
import { letterIndexPatterns, SETTLED_LETTER_STATES, type LetterState } from '../domain/dead-letter';
import { logIndexPatterns } from '../domain/ids';
import type { Query } from './search-query';
import { asPipelineError } from './send-bulk';

/** Counts what of a range of offsets is in the indices of a prefix. */
export function createFateReader(client: Client, settings: { indexPrefix: string }): FateReader {
  const logs = logIndexPatterns(settings.indexPrefix);
  const letters = letterIndexPatterns(settings.indexPrefix);
  const count = async (index: string[], query: Query): Promise<number> => {
    const answer = await client.count({ index, query, ignore_unavailable: true, allow_no_indices: true });
    return answer.count;
  };
  return {
    async count(range) {
      try {
        // What was acknowledged is found only after a refresh.
        await client.indices.refresh({ index: [...logs, ...letters], ignore_unavailable: true });
        const [documents, all, written] = await Promise.all([
          count(logs, rangeQuery(range)),
          count(letters, letterQuery(range)),
          count(letters, letterQuery(range, SETTLED_LETTER_STATES)),
        ]);
        // A letter whose record has a document by now was a dead letter first.
        return { documents: documents - written, letters: all };
      } catch (error) {
        throw asPipelineError(error, 'count');
      }
    },
  };
}

/** The documents of a range. A document without a generation is of the first one. */
export function rangeQuery({ generation, partition, from, to }: PartitionRange) {
  const ofFirst = { bool: { must_not: { exists: { field: 'kafka.generation' } } } };
  return {
    bool: {
      filter: [
        { term: { 'kafka.partition': partition } },
        { range: { 'kafka.offset': { gte: from, lt: to } } },
        generation === 1 ? ofFirst : { term: { 'kafka.generation': generation } },
      ],
    },
  };
}

/** The dead letters of a range, those of some states where states are named. */
export function letterQuery(
  { generation, partition, from, to }: PartitionRange,
  states?: readonly LetterState[],
): Query {
  return {
    bool: {
      filter: [
        { term: { generation } },
        { term: { partition } },
        { range: { offset: { gte: from, lt: to } } },
        ...(states ? [{ terms: { state: [...states] } }] : []),
      ],
    },
  };
}
