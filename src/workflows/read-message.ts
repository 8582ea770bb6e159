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

/** Reads one field; throws what it must be instead. */
type FieldReader = (value: unknown) => unknown;

const MAX_REASON = 500;
const MAX_ACTOR = 100;
const MAX_REQUEST_ID = 128;
const MAX_PARTITION = 9999;

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

const flag: FieldReader = (value) => {
  if (typeof value === 'boolean') return value;
  throw new TypeError('true or false');
};

const COMMON = { reason: text(MAX_REASON), actor: text(MAX_ACTOR), requestId, partition, ask: text(MAX_REQUEST_ID) };

/** The fields of each message, all optional. A new message is a line here and one in `MESSAGES`. */
const FIELDS: Record<MessageName, Record<string, FieldReader>> = {
  pause: COMMON,
  resume: COMMON,
  'accept-gap': { ...COMMON, to: offset },
  rebind: { ...COMMON, keep: flag },
};

/** Fields that only the workflows set: not named to people. */
const INTERNAL = new Set(['ask']);

/**
 * Reads the argument of a message, whatever somebody has sent. Absent and null stand for "nothing to say".
 *
 * @throws MessageError invalid_message, with every mistake named
 */
export function readMessage(name: MessageName, argument: unknown): ReadMessage {
  const readers = FIELDS[name];
  if (argument === undefined || argument === null) return { name };
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
  return { ...fields, name };
}
