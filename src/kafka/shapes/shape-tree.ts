import type { Leaf } from './leaves';
import type { Plan } from './plan';
import { endOf, startsNumber, type End } from './scan';

/** What the next value ends with, or that none comes. */
type Next = End | 'end';

/** What may stand before a value, and what comes then. */
interface Branch {
  bytes: Buffer;
  next: Next;
  node: Node;
  /** Whether a record has been this way since somebody asked. */
  met: boolean;
}

interface Node {
  branches: Branch[];
  /** Of a whole shape: how its records are read, by what their values are. */
  plans: Plan[];
  /** Records of this shape have to be parsed. */
  refused: boolean;
}

/** At one place. A service that writes another name each time takes the place of its own, and not that of others. */
const MAX_BRANCHES = 32;

/** A shape that a record has, and where its values stand in it: pairs of begin and end. */
export interface Met {
  shape: Pick<Node, 'plans' | 'refused'>;
  spans: number[];
}

/**
 * Shapes of records, by the bytes between their values: services write the same names in the same order each time, so that
 * one comparison finds a whole row of names.
 */
export class ShapeTree {
  #root = newNode();

  clear(): void {
    this.#root = newNode();
  }

  /** The shape of a record, by one pass over its bytes for each way that it may begin; undefined when it is not known. */
  find(bytes: Buffer): Met | undefined {
    let refused: Met | undefined;
    // Lines that are no JSON begin with a value: there more than one way may look right at first.
    for (const first of this.#root.branches) {
      const met = stands(first, bytes, 0) ? follow(first, bytes) : undefined;
      if (met && met.shape.plans.length > 0) return met;
      refused ??= met;
    }
    return refused;
  }

  /** The shape of a record, known from now on; others may be forgotten for it. */
  add(bytes: Buffer, leaves: readonly Leaf[]): Met['shape'] {
    let node = this.#root;
    let from = 0;
    for (const { start, end, by } of leaves) {
      node = step(node, bytes.subarray(from, start), by);
      from = end;
    }
    return step(node, bytes.subarray(from), 'end');
  }
}

function follow(first: Branch, bytes: Buffer): Met | undefined {
  const spans: number[] = [];
  let at = 0;
  for (
    let branch: Branch | undefined = first;
    branch !== undefined;
    branch = longestAt(branch.node.branches, bytes, at)
  ) {
    branch.met = true;
    const start = at + branch.bytes.length;
    if (branch.next === 'end') return { shape: branch.node, spans };
    at = endOf(branch.next, bytes, start);
    if (at < 0) return undefined;
    spans.push(start, at);
  }
  return undefined;
}

function newNode(): Node {
  return { branches: [], plans: [], refused: false };
}

function step({ branches }: Node, bytes: Buffer, next: Next): Node {
  const known = branches.find((branch) => branch.next === next && branch.bytes.equals(bytes));
  if (known) return known.node;
  const branch = { bytes: Buffer.from(bytes), next, node: newNode(), met: true };
  if (branches.length < MAX_BRANCHES) branches.push(branch);
  else branches[leastMet(branches)] = branch;
  return branch.node;
}

/** One where no record has been since all others were asked; if there is none, the first. */
function leastMet(branches: readonly Branch[]): number {
  for (let at = 0; at < branches.length; at += 1) {
    if (!branches[at]!.met) return at;
    branches[at]!.met = false;
  }
  return 0;
}

/** The longest, as what is the same for all records of one shape may be a value in those of another. */
function longestAt(branches: readonly Branch[], bytes: Buffer, at: number): Branch | undefined {
  let best: Branch | undefined;
  for (let one = 0; one < branches.length; one += 1) {
    const branch = branches[one]!;
    if ((best === undefined || branch.bytes.length > best.bytes.length) && stands(branch, bytes, at)) best = branch;
  }
  return best;
}

function stands({ bytes: wanted, next }: Branch, bytes: Buffer, at: number): boolean {
  const { length } = wanted;
  for (let i = 0; i < length; i += 1) if (bytes[at + i] !== wanted[i]) return false;
  if (next === 'end') return at + length === bytes.length;
  return next !== 'number' || startsNumber(bytes[at + length]);
}
