import { isDeepStrictEqual } from 'node:util';
import { documentId, indexName, parseDocumentId } from '../../src/domain/ids';
import { imbalance, type Ledger } from '../../src/domain/ledger';
import type { KafkaRecord } from '../../src/domain/record';
import { expectFate, type ExpectedDocument, type ExpectedFate, type FateSettings } from './expect-fate';

/** What Kafka holds of one partition, read with read_committed, and its ends. */
export interface KafkaPartition {
  partition: number;
  low: number;
  high: number;
  records: KafkaRecord[];
}

export interface StoredDocument {
  id: string;
  index: string;
  version: number;
  source: Record<string, unknown>;
}

export interface StoredLetter {
  key: string;
  value: Buffer | null;
  headers: Record<string, string>;
}

/** A letter in the index of dead letters. */
export type IndexedLetter = Pick<StoredDocument, 'id' | 'source'>;

export interface PartitionAccount {
  partition: number;
  ledger: Ledger;
}

/** Everything that is compared. */
export interface Evidence {
  kafka: KafkaPartition[];
  documents: StoredDocument[];
  /** Those of the dead-letter topic: every copy. */
  letters: StoredLetter[];
  indexedLetters: IndexedLetter[];
  accounts: PartitionAccount[];
  indexPrefix: string;
  settings: FateSettings;
}

export const DIFFERENCE_KINDS = ['lost', 'doubled', 'altered', 'foreign', 'misjudged', 'ledger'] as const;
/** One thing that is not as it must be. Never holds log text. */
export interface Difference {
  kind: (typeof DIFFERENCE_KINDS)[number] | 'stuck' | 'halted' | 'source' | 'history' | 'leak' | 'process';
  what: string;
}

/** Counts of what was compared. */
export interface Counts {
  records: number;
  documents: number;
  /** Distinct. */
  letters: number;
  filtered: number;
  void: number;
  duplicate: number;
}

/**
 * Holds what Kafka has against documents, dead letters and ledgers: every record must have met exactly the fate that
 * its bytes decide, under its own id, and the ledger must say so. Pure.
 */
export function compare(evidence: Evidence): { differences: Difference[]; counts: Counts } {
  const differences: Difference[] = [];
  const report = (kind: Difference['kind'], what: string) => differences.push({ kind, what });
  const documents = groupBy(evidence.documents, ({ id }) => id);
  const letters = groupBy(evidence.letters, ({ key }) => key);
  const indexed = groupBy(evidence.indexedLetters, ({ id }) => id);
  const counts: Counts = { records: 0, documents: 0, letters: letters.size, filtered: 0, void: 0, duplicate: 0 };
  counts.documents = documents.size;

  for (const { partition, low, high, records } of evidence.kafka) {
    const tally = { indexed: 0, documents: 0, letters: 0, filtered: 0, void: high - low - records.length };
    for (const record of records) {
      const place = { generation: evidence.settings.generation ?? 1, partition, offset: record.offset };
      const id = documentId(place);
      const expected = expectFate(partition, record, evidence.settings);
      const wanted = expected.documents.map((one) => ({ ...one, id: documentId({ ...place, part: one.part }) }));
      const found = {
        documents: [...new Set([id, ...wanted.map((one) => one.id)])].flatMap((one) => documents.get(one) ?? []),
        letters: letters.get(id) ?? [],
        indexed: indexed.get(id) ?? [],
      };
      for (const group of [letters, indexed]) group.delete(id);
      for (const one of [{ id }, ...wanted]) documents.delete(one.id);
      tally.documents += new Set(found.documents.map((one) => one.id)).size;
      if (found.documents.length > 0 && !isPartlyRefused(expected)) tally.indexed += 1;
      if (found.letters.length > 0) tally.letters += 1;
      if (expected.kind === 'filtered') tally.filtered += 1;
      judge({ id, record, expected, wanted, ...found }, evidence, report);
    }
    counts.records += records.length;
    counts.filtered += tally.filtered;
    counts.void += tally.void;
    const account = evidence.accounts.find((one) => one.partition === partition);
    if (!account) report('ledger', `partition ${partition} has no ledger`);
    else {
      counts.duplicate += account.ledger.duplicate;
      for (const what of auditLedger(account.ledger, { low, high, ...tally })) {
        report('ledger', `partition ${partition}: ${what}`);
      }
    }
  }
  for (const id of documents.keys()) report('foreign', `document ${nameOf(id)} stands for no record`);
  for (const key of letters.keys()) report('foreign', `dead letter ${nameOf(key)} stands for no record`);
  for (const id of indexed.keys()) report('foreign', `indexed letter ${nameOf(id)} stands for no record`);
  return { differences, counts };
}

interface Found {
  id: string;
  record: KafkaRecord;
  expected: ExpectedFate;
  wanted: (ExpectedDocument & { id: string })[];
  documents: StoredDocument[];
  letters: StoredLetter[];
  indexed: IndexedLetter[];
}

function judge(found: Found, evidence: Evidence, report: (kind: Difference['kind'], what: string) => void): void {
  const { id, record, expected, wanted, documents, letters, indexed } = found;
  for (const [one, copies] of groupBy(documents, (document) => document.id)) {
    if (copies.length > 1) report('doubled', `${one} is in ${copies.map(({ index }) => index).join(' and ')}`);
  }
  const isPartly = isPartlyRefused(expected);
  if (documents.length > 0 && letters.length > 0 && !isPartly)
    report('doubled', `${id} is a document and a dead letter`);
  if (documents.length + letters.length + indexed.length === 0) {
    if (expected.kind !== 'filtered') report('lost', `${id}: ${expected.kind} expected`);
    return;
  }
  const isLetter = isPartly ? letters.length + indexed.length > 0 : documents.length === 0;
  const actual = isLetter ? 'letter' : 'document';
  if (expected.kind !== actual) report('misjudged', `${id}: ${expected.kind} expected, ${actual} found`);
  for (const one of documents.length > 0 ? wanted : []) {
    if (!documents.some((document) => document.id === one.id)) report('lost', `${one.id}: document expected`);
  }
  for (const document of documents) {
    const index = indexName(evidence.indexPrefix, record.timestamp);
    if (document.index !== index) report('altered', `${document.id} is in ${document.index}, not in ${index}`);
    if (document.version !== evidence.settings.epoch)
      report('altered', `${document.id} has version ${document.version}`);
    const must = wanted.find((one) => one.id === document.id);
    if (!must) continue;
    const source = { ...document.source };
    delete source['ingested_at'];
    const fields = differingFields(source, must.source);
    if (fields.length > 0) report('altered', `${document.id} differs in ${fields.join(', ')}`);
  }
  const code = expected.kind === 'letter' ? expected.code : undefined;
  judgeIndexed(found, code, report);
  for (const letter of letters) {
    if (!sameBytes(letter.value, record.value)) report('altered', `dead letter ${id} has other bytes`);
    if (code !== undefined && letter.headers['sluice.reason'] !== code) {
      report('misjudged', `dead letter ${id} says ${letter.headers['sluice.reason']}, not ${code}`);
    }
  }
}

/** A dead letter whose good log records have documents. */
function isPartlyRefused({ kind, documents }: ExpectedFate): boolean {
  return kind === 'letter' && documents.length > 0;
}

/** The index of dead letters must have each letter of the topic once, and no other. */
function judgeIndexed(
  { id, record, letters, indexed }: Found,
  code: string | undefined,
  report: (kind: Difference['kind'], what: string) => void,
): void {
  if (indexed.length > 1) report('doubled', `letter ${id} is in ${indexed.length} indices`);
  if (letters.length > 0 && indexed.length === 0) report('lost', `letter ${id} is in the topic only`);
  if (letters.length === 0 && indexed.length > 0) report('lost', `letter ${id} is in the index only`);
  for (const { source } of indexed) {
    const { body, reason } = source as { body?: string; reason?: { code?: string } };
    if (body !== undefined && !sameBytes(Buffer.from(body, 'base64'), record.value)) {
      report('altered', `indexed letter ${id} has other bytes`);
    }
    if (code !== undefined && reason?.code !== code) report('misjudged', `indexed letter ${id} says ${reason?.code}`);
  }
}

function auditLedger(
  ledger: Ledger,
  truth: Record<'low' | 'high' | 'indexed' | 'documents' | 'letters' | 'filtered' | 'void', number>,
): string[] {
  const pairs: [string, number, number][] = [
    ['imbalance', imbalance(ledger), 0],
    ['first', Number(ledger.first), truth.low],
    ['next', Number(ledger.next), truth.high],
    ['indexed + duplicate', ledger.indexed + ledger.duplicate, truth.indexed],
    ['more documents', ledger.moreDocuments ?? 0, truth.documents - truth.indexed],
    ['dead-lettered', ledger.deadLettered, truth.letters],
    ['filtered', ledger.filtered, truth.filtered],
    ['void', ledger.void, truth.void],
    ['lost upstream', ledger.lostUpstream, 0],
  ];
  return pairs.filter(([, is, must]) => is !== must).map(([name, is, must]) => `${name} is ${is}, must be ${must}`);
}

/** Names only: a field's value is log text. */
function differingFields(is: Record<string, unknown>, must: Record<string, unknown>): string[] {
  const names = new Set([...Object.keys(is), ...Object.keys(must)]);
  return [...names].filter((name) => !isDeepStrictEqual(is[name], must[name]));
}

function sameBytes(one: Buffer | null, other: Buffer | null): boolean {
  return one === null || other === null ? one === other : one.equals(other);
}

function groupBy<T>(items: T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/** A name that is none of our ids may be anything, so it is not shown. */
function nameOf(id: string): string {
  return parseDocumentId(id) ? id : `of ${id.length} characters`;
}
