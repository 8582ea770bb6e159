import type { Client } from '@elastic/elasticsearch';
import type { HeldDocuments, RecordIndex } from '../activities/ports';
import { PipelineError } from '../domain/errors';
import { gather } from '../domain/gather';
import { documentId, indexName } from '../domain/ids';
import { mayHoldSeveral } from '../domain/message-parts';
import { mayBeSameRecord, type KafkaRecord } from '../domain/record';
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

interface HeldSource {
  record_hash?: string;
  edited?: boolean;
  kafka?: { parts?: number };
}
const HELD_FIELDS = ['record_hash', 'edited', 'kafka.parts'];

/** One document that a record may have; absent `part` is that of its only log record. */
interface Asked {
  record: KafkaRecord;
  part?: number | undefined;
}

/** Says which records have documents, of all their log records. */
export function createDocumentLookup(client: Client, settings: BulkSettings): RecordIndex['holds'] {
  return async ({ generation, partition }, records, parts = []) => {
    const held = new Map<number, HeldDocuments & { parts: Set<number> }>();
    const ask = async (asked: Asked[]) => {
      const docs = asked.map(({ record: { offset, timestamp }, part }) => ({
        _index: indexName(settings.indexPrefix, timestamp, settings.oldestDay),
        _id: documentId({ generation, partition, offset, part }),
      }));
      const found = await lookUp<HeldSource>(client, docs, HELD_FIELDS);
      found.forEach((doc, at) => {
        if (!doc) return;
        const { record, part } = asked[at]!;
        demandSame(doc, record);
        const of = part === undefined ? 1 : (doc._source?.kafka?.parts ?? 1);
        const known = held.get(record.offset) ?? { of, parts: new Set<number>() };
        known.parts.add(part ?? 0);
        held.set(record.offset, known);
      });
    };

    const hashes = new Map<KafkaRecord, string>();
    function demandSame({ _id, _index, _source }: LookupAnswer<HeldSource>, record: KafkaRecord): void {
      // An edited body is another text of the same record.
      if (_source?.edited === true) return;
      const hash = hashes.get(record) ?? settings.hash(record.value ?? Buffer.alloc(0));
      hashes.set(record, hash);
      if (mayBeSameRecord(_source?.record_hash, hash)) return;
      throw new PipelineError('foreign_document', `${_id} of ${_index} holds another record`);
    }

    // Of what cannot be decoded any more the first log record tells how many there were.
    const asksFirst = (record: KafkaRecord, at: number) => parts[at] === undefined && mayHoldSeveral(record.value);
    await ask(records.flatMap((record, at) => [{ record }, ...(asksFirst(record, at) ? [{ record, part: 0 }] : [])]));
    await ask(
      records.flatMap((record, at): Asked[] => {
        const known = held.get(record.offset);
        const of = known ? known.of : (parts[at] ?? 1);
        const rest = of > 1 ? numbersBelow(of).filter((part) => !known?.parts.has(part)) : [];
        return rest.map((part) => ({ record, part }));
      }),
    );
    return held;
  };
}

function numbersBelow(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}
