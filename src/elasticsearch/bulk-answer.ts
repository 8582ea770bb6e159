import { Serializer } from '@elastic/elasticsearch';

/** The answer to a bulk request, of which nothing but the outcome was asked for, when every document is a new one. */
const BEGIN = '{"items":[';
const CREATED = '{"index":{"status":201}}';
const END = ']}';

/** The answer for so many documents, and its text: the last one that was met, as most batches are of one size. */
let text = '';
let answer: { items: object[] } = { items: [] };

/**
 * Reads answers as the client's own does, but for the usual answer to a bulk request: thousands of equal items, which it
 * knows by their text. They are one object then.
 */
export class BulkAnswerSerializer extends Serializer {
  override deserialize<T>(json: string): T {
    return (allCreated(json) ?? super.deserialize(json)) as T;
  }
}

/** @returns undefined for every other text */
export function allCreated(json: string): { items: object[] } | undefined {
  if (!json.startsWith(CREATED, BEGIN.length)) return undefined;
  // One comma less than items.
  const count = (json.length - BEGIN.length - END.length + 1) / (CREATED.length + 1);
  if (!Number.isInteger(count)) return undefined;
  if (answer.items.length !== count) {
    text = `${BEGIN}${`${CREATED},`.repeat(count - 1)}${CREATED}${END}`;
    answer = { items: new Array<object>(count).fill(Object.freeze({ index: Object.freeze({ status: 201 }) })) };
  }
  return json === text ? answer : undefined;
}
