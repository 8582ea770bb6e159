import type { MessageName, ReadMessage } from './message-types';

/** A message that cannot be taken. `code` is stable; the words say what would be right and never quote what came. */
export class MessageError extends Error {
  override readonly name = 'MessageError';

  constructor(
    readonly code: 'invalid_message' | 'unknown_partition' | 'not_halted',
    message: string,
  ) {
    super(message);
  }
}

interface Fields {
  name: MessageName;
  expiresAt?: string;
  forSeconds?: number;
}

/** Reads one field; throws what it must be instead. */
type FieldReader = (value: unknown) => unknown;

const MAX_REASON = 500;
const MAX_ACTOR = 100;
const MAX_REQUEST_ID = 128;
const MAX_PARTITION = 9999;
const MAX_PAUSE_S = 366 * 86_400;

/** Cut rather than refused: an order in an emergency must not fail for its explanation. */
const text =
  (length: number): FieldReader =>
  (value) => {
    if (typeof value !== 'string') throw new TypeError('text');
    return value.slice(0, length);
  };

const requestId: FieldReader = (value) => {
  if (typeof value === 'string' && value !== '' && value.length <= MAX_REQUEST_ID) return value;
  throw new TypeError(`text of 1 to ${MAX_REQUEST_ID} characters`);
};

const partition: FieldReader = (value) => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_PARTITION) return value;
  throw new TypeError('the number of a partition, such as 2');
};

const offset: FieldReader = (value) => {
  if (typeof value === 'string' && /^\d{1,16}$/.test(value) && Number.isSafeInteger(Number(value))) {
    return String(Number(value));
  }
  throw new TypeError('an offset as text, such as "5000"');
};

const time: FieldReader = (value) => {
  const ms = typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : NaN;
  if (ms > Date.now() && ms <= Date.now() + MAX_PAUSE_S * 1000) return new Date(ms).toISOString();
  throw new TypeError('an ISO time in the future, within a year, such as 2030-01-31T12:00:00Z');
};

const seconds: FieldReader = (value) => {
  if (typeof value === 'number' && value >= 1 && value <= MAX_PAUSE_S) return value;
  throw new TypeError(`a number of seconds from 1 to ${MAX_PAUSE_S}`);
};

const flag: FieldReader = (value) => {
  if (typeof value === 'boolean') return value;
  throw new TypeError('true or false');
};

const partitions: FieldReader = (value) => {
  if (Array.isArray(value) && value.length <= MAX_PARTITION + 1) return value.map(partition);
  throw new TypeError('numbers of partitions');
};

const COMMON = { reason: text(MAX_REASON), actor: text(MAX_ACTOR), requestId, partition, ask: text(MAX_REQUEST_ID) };

/** The fields of each message, all optional. A new message is a line here and one in `MESSAGES`. */
const FIELDS: Record<MessageName, Record<string, FieldReader>> = {
  pause: { ...COMMON, expiresAt: time, forSeconds: seconds, told: partitions },
  resume: COMMON,
  drain: COMMON,
  'stop-at': { ...COMMON, offset },
  'accept-gap': { ...COMMON, to: offset },
  rebind: { ...COMMON, keep: flag },
};

/** Fields that only the workflows set: not named to people. */
const INTERNAL = new Set(['ask', 'told']);

/**
 * Reads the argument of a message, whatever somebody has sent. Absent and null stand for "nothing to say".
 *
 * @throws MessageError invalid_message, with every mistake named
 */
export function readMessage(name: MessageName, argument: unknown): ReadMessage {
  const readers = FIELDS[name];
  if (argument === undefined || argument === null) return complete({ name });
  if (typeof argument !== 'object' || Array.isArray(argument)) {
    throw new MessageError('invalid_message', `${name} takes a JSON object, such as {"reason": "maintenance"}`);
  }
  const fields: Record<string, unknown> = {};
  const mistakes: string[] = [];
  for (const [field, value] of Object.entries(argument)) {
    const read = Object.hasOwn(readers, field) ? readers[field] : undefined;
    if (!read) {
      const known = Object.keys(readers).filter((one) => !INTERNAL.has(one));
      throw new MessageError('invalid_message', `${name} has a field it does not know; it takes ${known.join(', ')}`);
    }
    // As if it were absent: that is what clients make of a value that is not set.
    if (value === undefined || value === null) continue;
    try {
      fields[field] = read(value);
    } catch (error) {
      mistakes.push(`${field} must be ${(error as Error).message}`);
    }
  }
  if (mistakes.length > 0) throw new MessageError('invalid_message', `${name}: ${mistakes.join('; ')}`);
  return complete({ ...fields, name });
}

/** Sees to what fields are to each other. */
function complete({ forSeconds, ...fields }: Fields): ReadMessage {
  const message = fields as ReadMessage;
  if (message.name === 'stop-at' && message.offset === undefined) {
    throw new MessageError('invalid_message', 'stop-at needs the offset to stop at, such as {"offset": "5000"}');
  }
  if (forSeconds === undefined) return message;
  if (fields.expiresAt !== undefined) {
    throw new MessageError('invalid_message', 'pause takes expiresAt or forSeconds, not both');
  }
  return { ...message, expiresAt: new Date(Date.now() + forSeconds * 1000).toISOString() } as ReadMessage;
}
