import { Draft } from '../formats/draft';
import { isObject } from '../formats/fields';
import { chooseFormats, OWN_FORMAT } from '../formats/formats';
import { parseLine } from '../kafka/decode-foreign';

/** A format that a record was held against. */
export interface TriedFormat {
  format: string;
  /** `not_asked`: another one took the record before. */
  verdict: 'recognised' | 'no' | 'not_asked' | 'not_allowed';
  /** What records of this format are known by. */
  marks: string;
}

/**
 * What each format says of a record, in the order in which they are asked.
 *
 * @param text without secrets; undefined when the bytes are no UTF-8, which no format takes
 * @param names formats of the topic
 */
export function triedFormats(text: string | undefined, names: readonly string[]): TriedFormat[] {
  const object = text === undefined ? undefined : objectOf(text);
  const all = chooseFormats(['auto', 'text'], parseLine);
  const allowed = chooseFormats(names, parseLine);
  let taken = false;
  const tried = (format: string, marks: string, isAllowed: boolean, recognises: () => boolean): TriedFormat => {
    if (taken) return { format, marks, verdict: 'not_asked' };
    if (!isAllowed) return { format, marks, verdict: 'not_allowed' };
    taken = recognises();
    return { format, marks, verdict: taken ? 'recognised' : 'no' };
  };
  if (object) {
    const json = [OWN_FORMAT, ...all.json];
    return json.map(({ name, marks, recognise }) => {
      const isAllowed = name === OWN_FORMAT.name || allowed.json.some((one) => one.name === name);
      return tried(name, marks, isAllowed, () => recognise(object));
    });
  }
  const line = text?.replace(/\r?\n$/, '');
  return all.text.map(({ name, marks, decode }) => {
    const isAllowed = allowed.text.some((one) => one.name === name);
    return tried(
      name,
      marks,
      isAllowed,
      () => line !== undefined && line !== '' && decode(line, new Draft(name, 0), 0),
    );
  });
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
