import type { Client } from '@elastic/elasticsearch';
import type { RecordIndex } from '../activities/ports';
import { PipelineError } from '../domain/errors';
import { gather } from '../domain/gather';
import { documentId, indexName } from '../domain/ids';
import { mayBeSameRecord } from '../domain/record';
import type { BulkSettings } from './bulk-request';
import { asPipelineError } from './send-bulk';

/** An answer to one id of an mget. */
export interface LookupAnswer<Source> {
  _id: string;
  _index: string;
  found?: boolean;
  _source?: Source;
  _seq_no?: number;
  _primary_term?: number;
  error?: { type: string };
}

interface Wanted {
  _index: string;
  _id: string;
  _source?: string[];
}

type Ask = (wanted: Wanted[]) => Promise<(LookupAnswer<unknown> | undefined)[]>;

/** One line of requests to each Elasticsearch, whoever asks. */
const lines = new WeakMap<Client, Ask>();

/**
 * Gets documents by index and id, in order; undefined for those that are not there. Certain: a get sees what was
 * written before it, refreshed or not. A few share their request with those of others.
 *
 * @param fields of the source; all of it when absent
 * @throws PipelineError elasticsearch_*, or index_blocked when an index is closed
 */
export async function lookUp<Source>(
  client: Client,
  docs: { _index: string; _id: string }[],
  fields: string[] | undefined,
): Promise<(LookupAnswer<Source> | undefined)[]> {
  let ask = lines.get(client);
  if (!ask) lines.set(client, (ask = gather((wanted) => lookUpNow(client, wanted))));
  const wanted = docs.map(({ _index, _id }) => ({ _index, _id, ...(fields ? { _source: fields } : {}) }));
  return (await ask(wanted)) as (LookupAnswer<Source> | undefined)[];
}

async function lookUpNow(client: Client, docs: Wanted[]): Promise<(LookupAnswer<unknown> | undefined)[]> {
  const answer = await client.mget({ docs }, { maxRetries: 0 }).catch((error: unknown) => {
    throw asPipelineError(error);
  });
  const found = answer.docs as LookupAnswer<unknown>[];
  if (found.length !== docs.length) {
    throw new PipelineError('bulk_mismatch', `${docs.length} ids asked for, ${found.length} answered`);
  }
  return found.map((doc) => {
    if (doc.error && doc.error.type !== 'index_not_found_exception') {
      const code = doc.error.type === 'index_closed_exception' ? 'index_blocked' : 'elasticsearch_unavailable';
      throw new PipelineError(code, `${doc._index} answers a get with ${doc.error.type}`);
    }
    return doc.found === true ? doc : undefined;
  });
}

/** Says which records have a document. */
export function createDocumentLookup(client: Client, settings: BulkSettings): RecordIndex['holds'] {
  return async ({ generation, partition }, records) => {
    const docs = records.map(({ offset, timestamp }) => ({
      _index: indexName(settings.indexPrefix, timestamp, settings.oldestDay),
      _id: documentId({ generation, partition, offset }),
    }));
    const found = await lookUp<{ record_hash?: string; edited?: boolean }>(client, docs, ['record_hash', 'edited']);
    const held = new Set<number>();
    found.forEach((doc, position) => {
      if (!doc) return;
      const { offset, value } = records[position]!;
      // An edited body is another text of the same record.
      const hash = settings.hash(value ?? Buffer.alloc(0));
      const same = doc._source?.edited === true || mayBeSameRecord(doc._source?.record_hash, hash);
      if (!same) throw new PipelineError('foreign_document', `${doc._id} of ${doc._index} holds another record`);
      held.add(offset);
    });
    return held;
  };
}
