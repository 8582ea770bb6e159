import { NUMBER_BYTES, type BodyWriter } from './body-writer';

/**
 * Writes a value as JSON.stringify writes it, byte for byte, straight into a body: a document's text is not made first only
 * to be copied. For values of JSON: what has a `toJSON` of its own is not asked for it.
 */
export function writeJson(body: BodyWriter, value: unknown): void {
  if (typeof value === 'string') body.quoted(value);
  else if (typeof value === 'number') {
    body.reserve(NUMBER_BYTES);
    body.number(value);
  } else if (typeof value !== 'object' || value === null) {
    body.reserve(NUMBER_BYTES);
    body.ascii(value === true ? 'true' : value === false ? 'false' : 'null');
  } else if (Array.isArray(value)) writeArray(body, value);
  else writeObject(body, value as Record<string, unknown>);
}

function writeArray(body: BodyWriter, values: unknown[]): void {
  body.reserve(2);
  body.ascii('[');
  for (let at = 0; at < values.length; at += 1) {
    if (at > 0) comma(body);
    writeJson(body, values[at]);
  }
  body.reserve(2);
  body.ascii(']');
}

function writeObject(body: BodyWriter, object: Record<string, unknown>): void {
  body.reserve(2);
  body.ascii('{');
  let first = true;
  // With for-in the engine knows where a value stands, of whatever shape the object is. None inherits a member.
  for (const key in object) {
    const value = object[key];
    if (value === undefined) continue;
    if (!first) comma(body);
    first = false;
    body.quoted(key);
    body.reserve(1);
    body.ascii(':');
    writeJson(body, value);
  }
  body.reserve(2);
  body.ascii('}');
}

function comma(body: BodyWriter): void {
  body.reserve(1);
  body.ascii(',');
}
