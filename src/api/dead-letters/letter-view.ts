import { isUtf8 } from 'node:buffer';
import type { z } from 'zod';
import type { deadLetterDetailSchema, deadLetterSchema } from '../schemas/dead-letters';
import { documentsOf } from '../../elasticsearch/dead-letter-document';
import type { FoundLetterDocument, LetterPosition } from './ports';

/** A letter as the API shows it, without its bytes. */
export function letterView({ id, index, document }: FoundLetterDocument): z.output<typeof deadLetterSchema> {
  const { topic, generation, partition, offset, kafka_timestamp: timestamp } = document;
  return {
    id,
    index,
    state: document.state,
    reason: document.reason,
    attempts: document.attempts,
    dead_lettered_at: document.dead_lettered_at,
    changed_at: document.changed_at,
    kafka: { topic, generation, partition, offset: String(offset), timestamp },
    epoch: document.epoch,
    bytes: document.bytes,
    record_hash: document.record_hash,
    whole: document.whole,
    edited: document.edited === true,
    redacted: document.redacted === true,
    operation: document.operation ?? null,
    parts: document.parts ?? null,
    refused: document.refused ?? [],
    documents: documentsOf(document),
    text: document.text,
  };
}

/** The same with the record's bytes: as text where they are UTF-8, else as base64. */
export function letterDetailView(found: FoundLetterDocument): z.output<typeof deadLetterDetailSchema> {
  const { body, key, headers, whole } = found.document;
  return {
    ...letterView(found),
    body: whole ? shownBytes(body ?? '') : null,
    key: key === undefined ? null : shownBytes(key),
    headers: (headers ?? []).map(({ name, value }) => ({ name, ...shownBytes(value) })),
  };
}

function shownBytes(base64: string): { encoding: 'utf8' | 'base64'; content: string } {
  const bytes = Buffer.from(base64, 'base64');
  return isUtf8(bytes)
    ? { encoding: 'utf8', content: bytes.toString('utf8') }
    : { encoding: 'base64', content: base64 };
}

/** A place between two pages, as text. */
export function toCursor(position: LetterPosition): string {
  return Buffer.from(position.join('.')).toString('base64url');
}

/** The inverse of {@link toCursor}; undefined for any other text. */
export function fromCursor(cursor: string): LetterPosition | undefined {
  const match = /^(\d{1,16})\.(\d{1,9})\.(\d{1,9})\.(\d{1,16})$/.exec(
    Buffer.from(cursor, 'base64url').toString('latin1'),
  );
  return match ? [Number(match[1]), Number(match[2]), Number(match[3]), Number(match[4])] : undefined;
}
