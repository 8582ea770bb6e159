import type { KafkaRecord, LogRecord } from '../../domain/record';
import { classify, type LeafClass } from './classify';
import { check } from './guards';
import { innerLeaves, leavesOf, type Leaf } from './leaves';
import { endOf } from './scan';
import { TEXT_LINES } from './text-lines';

/** A record taken apart into what differs between those of its shape, and how; and what is the same for all of them. */
export interface Example {
  leaves: Leaf[];
  /** Of each of the leaves; undefined where records of this shape have to be parsed. */
  classes: Exclude<LeafClass, 'constant'>[] | undefined;
}

/**
 * Takes a record apart that was parsed into `document`.
 *
 * @returns undefined when it is no example of its shape: one of its values is not as most are, or its form is not known
 */
export function exampleOf({ value, timestamp }: KafkaRecord, document: LogRecord): Example | undefined {
  const format = document.event?.format;
  const text = value!.toString('latin1');
  const takeApart = format && TEXT_LINES.get(format);
  const apart = takeApart ? takeApart(text) : ofJson(text, format);
  if (!apart) return undefined;
  const { leaves: all, classes } = apart;
  if (!classes) return { leaves: all, classes };
  const leaves = all.filter((_, at) => classes[at] !== 'constant');
  const known = classes.filter((one) => one !== 'constant');
  const passes = leaves.every(({ start, end, by }, at) => {
    if (endOf(by, value!, start) !== end) return false;
    return !Number.isNaN(check(known[at]!.guard, value!, start, end, timestamp));
  });
  return passes ? { leaves, classes: known } : undefined;
}

function ofJson(
  text: string,
  format: string | undefined,
): { leaves: Leaf[]; classes: LeafClass[] | undefined } | undefined {
  const found = leavesOf(text);
  if (!found) return undefined;
  const leaves = format?.startsWith('container/') ? withInner(found) : found;
  return { leaves: leaves ?? found, classes: leaves && classify(leaves, format) };
}

/** The same with the values of the line in the place of the line. */
function withInner(leaves: Leaf[]): Leaf[] | undefined {
  const line = leaves.find(({ path }) => path.length === 1 && path[0] === 'log');
  const inner = line && innerLeaves(line);
  return inner && leaves.flatMap((leaf) => (leaf === line ? inner : [leaf]));
}
