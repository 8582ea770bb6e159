import { isUtf8 } from 'node:buffer';
import { isJsonObject, type LineRecord } from './join-lines';

/**
 * The most bytes that a message may have: below the limit of a record, 1 MiB, and below what a Kafka topic takes where
 * nobody has changed it, which counts the batch around the message as well.
 */
export const MAX_MESSAGE_BYTES = 1024 * 1024 - 1024;

/** Why lines were not sent. */
export const LEFT_OUT = ['too_long', 'not_utf8', 'refused_by_kafka'] as const;
export type LeftOut = (typeof LEFT_OUT)[number];

export interface MessageForm {
  /** Names the service of lines of text, which are then sent as a container's lines. */
  service?: string | undefined;
  /** Sends every line as it is, bytes that are no UTF-8 too. */
  raw: boolean;
  encoding: 'utf8' | 'latin1';
}

/** What a record is sent as, or why it is not. */
export type Message = { kind: 'json' | 'text'; value: Buffer } | { kind: 'left_out'; why: LeftOut };

/**
 * The message of a record. JSON objects go as they are. Text goes as it is, or, with a service, as the line of a container
 * (`log`, `stream`, `container_name`), a format that topics take by default, and that is decoded as the line would be.
 *
 * @param file what the lines were read from; kept beside the line
 */
export function toMessage({ bytes, isJson: isKnown }: LineRecord, form: MessageForm, file?: string): Message {
  const value = form.encoding === 'latin1' ? Buffer.from(bytes.toString('latin1'), 'utf8') : bytes;
  const isJson = isKnown ?? isJsonObject(value);
  const isText = isUtf8(value);
  if (!isText && !form.raw) return { kind: 'left_out', why: 'not_utf8' };
  if (isJson || form.service === undefined) return limited(isJson && isText ? 'json' : 'text', value);
  const line = { log: value.toString('utf8'), stream: 'stdout', container_name: form.service };
  return limited('text', Buffer.from(JSON.stringify(file === undefined ? line : { ...line, file })));
}

function limited(kind: 'json' | 'text', value: Buffer): Message {
  return value.length > MAX_MESSAGE_BYTES ? { kind: 'left_out', why: 'too_long' } : { kind, value };
}
