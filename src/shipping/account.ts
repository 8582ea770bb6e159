import type { LeftOut } from './message';

/** Where records went. */
export interface Placed {
  records: number;
  /** Offsets of the first and of the last of them; what others have sent may stand between. */
  first: number;
  last: number;
}

/** Lines that were not sent for one reason, and where the first of them is. */
export interface LeftOutLines {
  lines: number;
  first: { input: string; line: number };
}

/** How far one input was sent. */
export interface InputAccount {
  name: string;
  /** Every line up to this one is acknowledged, empty, or named as left out. */
  doneTo: number;
  /** Set once all of it is done. */
  whole: boolean;
  /** What ended the reading of it before its end. */
  problem?: string;
}

/** What became of every line. */
export interface Account {
  lines: number;
  /** Empty lines: no records. */
  blank: number;
  /** Records that Kafka has acknowledged, of so many bytes. */
  records: number;
  bytes: number;
  /** Of those: what is no JSON object. */
  text: number;
  /** Records of several lines, and those that had grown too long and were cut. */
  joined: number;
  cut: number;
  leftOut: Partial<Record<LeftOut, LeftOutLines>>;
  partitions: Map<number, Placed>;
  inputs: InputAccount[];
}

export function newAccount(): Account {
  return {
    ...{ lines: 0, blank: 0, records: 0, bytes: 0, text: 0, joined: 0, cut: 0 },
    ...{ leftOut: {}, partitions: new Map(), inputs: [] },
  };
}

export function noteLeftOut({ leftOut }: Account, why: LeftOut, input: string, from: number, to = from): void {
  const found = (leftOut[why] ??= { lines: 0, first: { input, line: from } });
  found.lines += to - from + 1;
}

export function notePlaced({ partitions }: Account, partition: number, first: number, records: number): void {
  const last = first + records - 1;
  const found = partitions.get(partition);
  if (!found) partitions.set(partition, { records, first, last });
  else {
    found.records += records;
    found.first = Math.min(found.first, first);
    found.last = Math.max(found.last, last);
  }
}
