import type { Reading } from '../../formats/fields';
import type { Guard } from './guards';
import type { Leaf } from './leaves';

/** What is known of a value of a shape: its guard, or that it is part of the shape and never differs. */
export type LeafClass = { guard: Guard; reading?: Reading | undefined } | 'constant';

/** Values of which both may fill one field: they must differ. */
export type Rivals = readonly (readonly [Leaf, Leaf])[];

/** What the rules of some values do with them. */
export function readingsOf(classes: readonly LeafClass[]): Reading[] {
  return classes.flatMap((one) => (one !== 'constant' && one.reading ? [one.reading] : []));
}

/** Ranks of services that nothing around a record displaces. */
const OWN_RANKS = 2;

/**
 * Of the names around a record that may be its service's, the first by rank is taken, whatever they are; but it may take the
 * place of one that the record names, which is then told or not by whether they are equal.
 */
export function mayRename(readings: readonly Reading[], beside: readonly Reading[]): boolean {
  return (
    beside.some(({ as }) => as === 'service') && readings.some((one) => one.as === 'service' && one.rank > OWN_RANKS)
  );
}

/** True where nothing around a record fills a field that something else fills. */
export function isClear(readings: readonly Reading[], beside: readonly Reading[]): boolean {
  const filled = new Set(readings.flatMap(fieldsOf));
  const more = beside.filter(({ as }) => as !== 'service').flatMap(fieldsOf);
  return more.every((field, at) => !filled.has(field) && !more.includes(field, at + 1));
}

/**
 * Which of two values a field takes is told by their names and their order; what becomes of the other, also by whether they are
 * equal: shapes are learned for those that are not.
 *
 * @returns undefined where more than that would have to be known of two of them
 */
export function rivalsOf(leaves: readonly Leaf[], classes: readonly LeafClass[]): Rivals | undefined {
  const rivals: [Leaf, Leaf][] = [];
  const read = leaves.flatMap((leaf, at) => readingsOf([classes[at]!]).map((reading) => ({ leaf, reading })));
  for (const [at, one] of read.entries()) {
    for (const other of read.slice(at + 1)) {
      if (!meet(one.reading, other.reading)) continue;
      // Where both are written alike, they are equal when their bytes are.
      if (!yields(one.reading) || !yields(other.reading) || one.leaf.by !== other.leaf.by) return undefined;
      rivals.push([one.leaf, other.leaf]);
    }
  }
  return rivals;
}

/** True where both may fill one field of the document. */
function meet(one: Reading, other: Reading): boolean {
  const fields = fieldsOf(one);
  return fieldsOf(other).some((field) => fields.includes(field)) || (namesService(one) && namesService(other));
}

function namesService(reading: Reading): boolean {
  return reading.as === 'service' || reading.alsoService === true;
}

/** True for values that are taken as they are, and that scoring does not ask for. */
function yields({ as, fills }: Reading): boolean {
  return (as === 'text' || as === 'label' || as === 'service') && fills !== 'error_code';
}

function fieldsOf(reading: Reading): string[] {
  return reading.as === 'url' ? [reading.fills, 'path', 'url.query'] : [reading.fills];
}
