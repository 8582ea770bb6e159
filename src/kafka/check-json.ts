import type { Rejection, RejectionCode } from '../domain/record';
import { surveyJson, type Survey } from './json-text';
import { findDuplicateKey, findInvalidName, findLongNumber, findTooDeep } from './odd-records';

/** Limits of a record, all below Elasticsearch's own, so that it is rejected here with a reason. */
export const MAX_DEPTH = 16;
export const MAX_FIELDS = 1000;
/** UTF-16 units. A flattened field indexes the whole path: 16 names of this length and a value stay below 32,766 bytes. */
export const MAX_NAME_LENGTH = 512;
/** Digits, signs and points of one number; Elasticsearch's parser takes 1,000. */
export const MAX_NUMBER_LENGTH = 1000;

/** A refusal to index. */
export interface Refused {
  kind: 'rejected';
  rejection: Rejection;
}

/**
 * The checks of what JSON.parse lets through: depth, number of fields, keys that stand twice, odd names, endless numbers.
 *
 * @param text valid JSON of an object
 * @param measured the part of the parsed object that may be deep and wide
 * @param others keys of the object that are no members of `measured`
 * @returns what else the text tells, or the rejection
 */
export function checkJson(text: string, measured: object | undefined, others: number): Survey | Refused {
  const size = measured === undefined ? { keys: 0 } : measure(measured);
  if (size === 'too_deep') return reject('too_deep', findTooDeep(text, MAX_DEPTH), `nested deeper than ${MAX_DEPTH}`);
  if (size === 'too_many_fields') return reject('too_many_fields', '', `more than ${MAX_FIELDS} fields`);
  const survey = surveyJson(text, MAX_NAME_LENGTH);
  if (survey.keys !== others + size.keys)
    return reject('duplicate_key', findDuplicateKey(text), 'the key stands twice');
  const odd = survey.oddKeys ? findInvalidName(text, MAX_NAME_LENGTH) : undefined;
  if (odd !== undefined)
    return reject('invalid_name', odd, `longer than ${MAX_NAME_LENGTH} characters, or with a zero character`);
  if (survey.longestNumber > MAX_NUMBER_LENGTH)
    return reject('invalid_field', findLongNumber(text, MAX_NUMBER_LENGTH), 'a number with too many digits');
  return survey;
}

/** Counts the keys of an object, nested ones too. Walks without recursion, so that depth costs no stack. */
function measure(root: object): { keys: number } | 'too_deep' | 'too_many_fields' {
  let fields = 0;
  let keys = 0;
  let layer: object[] = [root];
  for (let depth = 0; layer.length > 0; depth += 1) {
    if (depth >= MAX_DEPTH) return 'too_deep';
    const below: object[] = [];
    for (const node of layer) {
      const children = Object.values(node) as unknown[];
      fields += children.length;
      if (!Array.isArray(node)) keys += children.length;
      if (fields > MAX_FIELDS) return 'too_many_fields';
      for (const child of children) if (typeof child === 'object' && child !== null) below.push(child);
    }
    layer = below;
  }
  return { keys };
}

export function reject(code: RejectionCode, field: string, detail: string): Refused {
  return { kind: 'rejected', rejection: { code, field, detail } };
}
