import { errors, type Client } from '@elastic/elasticsearch';
import type { FoundLetter, LetterIndex, NewLetter } from '../activities/ports';
import { letterIndexPrefix } from '../domain/dead-letter';
import { PipelineError } from '../domain/errors';
import { gather } from '../domain/gather';
import { documentId, indexName, indexNames } from '../domain/ids';
import { parseOffset } from '../domain/offsets';
import { mayBeOfLetter } from '../domain/letter-hash';
import type { KafkaRecord } from '../domain/record';
import { judgeItem, type BulkItem } from './bulk-response';
import {
  documentsOf,
  letterDocument,
  withoutBytes,
  type LetterDocument,
  type LetterSettings,
} from './dead-letter-document';
import { lookUp } from './document-lookup';
import { asPipelineError, sendBulk } from './send-bulk';

type Found = Pick<LetterDocument, 'offset' | 'state' | 'edited' | 'record_hash' | 'reason' | 'kept' | 'documents'>;
const FOUND_FIELDS = [
  'offset',
  'state',
  'edited',
  'record_hash',
  'reason',
  'kept',
  'documents',
] satisfies (keyof Found)[];

/** Letters of one search; Elasticsearch's own limit. */
const PAGE = 10_000;
/** Bytes of one request of letters; one larger letter still goes alone. */
const REQUEST_BYTES = 4 * 1024 * 1024;
/** Others may change a letter between our look and our write; then we look again, this often at most. */
const MAX_ROUNDS = 10;

const never = new AbortController().signal;

/**
 * Dead letters in Elasticsearch, in an index per Kafka day of their records. The id is the record's identity, the index a
 * pure function of the record, and a letter is written with `create`: written again it is the same letter.
 */
export function createLetterIndex(client: Client, settings: LetterSettings): LetterIndex {
  const prefix = letterIndexPrefix(settings.indexPrefix);
  const indexOf = ({ timestamp }: Pick<KafkaRecord, 'timestamp'>) => indexName(prefix, timestamp, settings.oldestDay);
  const create = gather(async (letters: NewLetter[]) => {
    const byIndex = new Map<string, LetterDocument[]>();
    for (const letter of letters) {
      const index = indexOf(letter.record);
      const document = letterDocument(letter, settings, settings.now());
      byIndex.set(index, [...(byIndex.get(index) ?? []), document]);
    }
    for (const [index, documents] of byIndex) await createAll(client, index, documents);
    return letters;
  });

  return {
    async inRange({ generation, partition, from, to }, records) {
      const letters = new Map<number, FoundLetter>();
      for (const index of indexNames(prefix, records, settings.oldestDay)) {
        for (let next = parseOffset(from); ;) {
          const page = await searchRange(client, index, { generation, partition, from: next, to: parseOffset(to) });
          for (const letter of page) letters.set(letter.offset, letter);
          if (page.length < PAGE) break;
          next = page.at(-1)!.offset + 1;
        }
      }
      return letters;
    },
    async find({ generation, partition }, records) {
      const docs = records.map((record) => ({
        _index: indexOf(record),
        _id: documentId({ generation, partition, offset: record.offset }),
      }));
      const letters = new Map<number, FoundLetter>();
      (await lookUp<Found>(client, docs, FOUND_FIELDS)).forEach((doc, position) => {
        if (!doc) return;
        const value = records[position]!.value ?? Buffer.alloc(0);
        const { record_hash: recordHash, reason } = doc._source!;
        if (!mayBeOfLetter({ code: reason.code, recordHash }, settings.hash, value)) {
          throw new PipelineError('foreign_document', `letter ${doc._id} of ${doc._index} holds another record`);
        }
        letters.set(doc._source!.offset, toFound(doc, doc._source!));
      });
      return letters;
    },
    create: async (letters, signal) => void (await create(letters, signal)),
    resolve: (letters) => resolveAll(client, letters, settings.now),
  };
}

function toFound(
  doc: { _id: string; _index: string; _seq_no?: number; _primary_term?: number },
  found: Omit<Found, 'record_hash'>,
): FoundLetter {
  const { _id: id, _index: index, _seq_no: seqNo = 0, _primary_term: primaryTerm = 0 } = doc;
  const { offset, state, edited, kept = 0 } = found;
  const documents = documentsOf(found);
  return { id, index, offset, state, edited: edited === true, kept, documents, seqNo, primaryTerm };
}

async function searchRange(
  client: Client,
  index: string,
  { generation, partition, from, to }: { generation: number; partition: number; from: number; to: number },
): Promise<FoundLetter[]> {
  const filter = [{ term: { generation } }, { term: { partition } }, { range: { offset: { gte: from, lt: to } } }];
  try {
    const { hits } = await client.search(
      {
        index,
        query: { bool: { filter } },
        sort: [{ offset: 'asc' }],
        size: PAGE,
        track_total_hits: false,
        seq_no_primary_term: true,
        // Half an answer would let a record be both document and letter.
        allow_partial_search_results: false,
        _source: false,
        docvalue_fields: ['offset', 'state', 'edited', 'kept', 'documents'],
      },
      { maxRetries: 0 },
    );
    return hits.hits.map((hit) => {
      const values = hit.fields as Record<string, unknown[] | undefined>;
      const found = Object.fromEntries(Object.entries(values).map(([name, some]) => [name, some?.[0]]));
      return toFound({ ...hit, _id: hit._id! }, found as Omit<Found, 'record_hash'>);
    });
  } catch (error) {
    if (error instanceof errors.ResponseError && error.statusCode === 404) return [];
    if (error instanceof errors.ResponseError && error.statusCode === 400) {
      throw new PipelineError('index_blocked', `${index} cannot be searched`, { cause: error });
    }
    throw asPipelineError(error);
  }
}

async function createAll(client: Client, index: string, documents: LetterDocument[]): Promise<void> {
  let lines: string[] = [];
  let batch: LetterDocument[] = [];
  let bytes = 0;
  const flush = async () => {
    if (batch.length > 0) await createSome(client, index, batch, lines);
    [lines, batch, bytes] = [[], [], 0];
  };
  for (const document of documents) {
    const line = createLines(document);
    if (bytes + line.length > REQUEST_BYTES) await flush();
    lines.push(line);
    batch.push(document);
    bytes += line.length;
  }
  await flush();
}

function createLines(document: LetterDocument): string {
  return `{"create":{"_id":"${documentId(document)}"}}\n${JSON.stringify(document)}\n`;
}

async function createSome(client: Client, index: string, batch: LetterDocument[], lines: string[]): Promise<void> {
  let answers: BulkItem[];
  try {
    answers = await sendBulk(client, index, Buffer.from(lines.join('')), never);
  } catch (error) {
    if (!(error instanceof PipelineError) || error.code !== 'request_too_large') throw error;
    if (batch.length > 1) {
      for (const one of batch) await createSome(client, index, [one], [createLines(one)]);
      return;
    }
    const small = withoutBytes(batch[0]!);
    if (!batch[0]!.whole) throw error;
    return createSome(client, index, [small], [createLines(small)]);
  }
  if (answers.length !== batch.length) {
    throw new PipelineError('bulk_mismatch', `${batch.length} letters sent, ${answers.length} answered`);
  }
  demandSettled(answers, index);
}

/** @throws PipelineError unless every item was written, or is there already or of another version */
export function demandSettled(answers: BulkItem[], index: string): void {
  for (const answer of answers) {
    const verdict = judgeItem(answer);
    if (verdict.kind === 'indexed' || verdict.kind === 'conflict') continue;
    const what = `${index} does not take a dead letter: status ${answer.status} ${answer.error?.type ?? ''}`;
    throw new PipelineError(verdict.kind === 'unsettled' ? verdict.code : 'index_blocked', what);
  }
}

/**
 * A letter that is being redriven stays so, but is written: whoever redrives it then fails to put it back to open, looks,
 * and finds the document.
 */
async function resolveAll(client: Client, letters: FoundLetter[], now: () => string): Promise<void> {
  const written = new Map(letters.map(({ id, documents }) => [id, documents]));
  let open = letters.filter(isUnsettled);
  for (let round = 0; open.length > 0; round += 1) {
    if (round === MAX_ROUNDS) throw new PipelineError('elasticsearch_unavailable', 'dead letters keep changing');
    const changes = open.map(({ id, index, state, seqNo, primaryTerm }) => {
      const action = { update: { _index: index, _id: id, if_seq_no: seqNo, if_primary_term: primaryTerm } };
      const documents = written.get(id)!;
      const resolved = { state: 'resolved', ...(documents === 1 ? {} : { documents }) };
      const doc = { changed_at: now(), ...(state === 'open' ? resolved : {}) };
      return `${JSON.stringify(action)}\n${JSON.stringify({ doc, detect_noop: false })}\n`;
    });
    const answers = await sendBulk(client, open[0]!.index, Buffer.from(changes.join('')), never);
    const behind = open.filter((_letter, position) => answers[position]?.status === 409);
    demandSettled(answers, open[0]!.index);
    const docs = behind.map(({ id, index }) => ({ _id: id, _index: index }));
    const found = await lookUp<Found>(client, docs, FOUND_FIELDS);
    open = found.flatMap((doc) => (doc ? [toFound(doc, doc._source!)] : [])).filter(isUnsettled);
  }
}

function isUnsettled({ state }: FoundLetter): boolean {
  return state === 'open' || state === 'redriving';
}
