import type { KafkaRecord, LogRecord } from '../../domain/record';
import { classify, type Classified } from './classify';
import { check } from './guards';
import { innerLeaves, leavesOf, type Leaf } from './leaves';
import type { LeafClass, Rivals } from './rivals';
import { endOf } from './scan';
import { TEXT_LINES, type TakeApart } from './text-lines';

/** A record taken apart into what differs between those of its shape, and how; and what is the same for all of them. */
export interface Example {
  leaves: Leaf[];
  /** Of each of the leaves; undefined where records of this shape have to be parsed. */
  classes: Exclude<LeafClass, 'constant'>[] | undefined;
  rivals: Rivals;
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
  const apart = takeApart ? ofLine(takeApart, text) : ofJson(text, format);
  if (!apart) return undefined;
  const { leaves: all, classified } = apart;
  if (!classified) return { leaves: all, classes: undefined, rivals: [] };
  const { classes, rivals } = classified;
  const leaves = all.filter((_, at) => classes[at] !== 'constant');
  const known = classes.filter((one) => one !== 'constant');
  const passes = leaves.every(({ start, end, by }, at) => {
    if (endOf(by, value!, start) !== end) return false;
    return !Number.isNaN(check(known[at]!.guard, value!, start, end, timestamp));
  });
  return passes ? { leaves, classes: known, rivals } : undefined;
}

/** The values of a record; what is not known of them is not, where it has to be parsed. */
type Apart = { leaves: Leaf[]; classified: Classified | undefined } | undefined;

function ofLine(takeApart: TakeApart, text: string): Apart {
  const apart = takeApart(text);
  return apart && { leaves: apart.leaves, classified: apart };
}

function ofJson(text: string, format: string | undefined): Apart {
  const found = leavesOf(text);
  if (!found) return undefined;
  const leaves = format?.startsWith('container/') ? withInner(found) : found;
  return { leaves: leaves ?? found, classified: leaves && classify(leaves, format) };
}

/** The same with the values of the line in the place of the line. */
function withInner(leaves: Leaf[]): Leaf[] | undefined {
  const line = leaves.find(({ path }) => path.length === 1 && path[0] === 'log');
  const inner = line && innerLeaves(line);
  return inner && leaves.flatMap((leaf) => (leaf === line ? inner : [leaf]));
}
