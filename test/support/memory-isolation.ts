import type { ChildOutcome, IsolatedPreparation } from '../../src/activities/isolation-ports';
import { prepareBatch } from '../../src/activities/prepare-batch';
import { decodeRecord } from '../../src/kafka/decode-record';
import type { MemoryIndex } from './memory-index';
import { RULES } from './records';

/** Child processes in memory: a record whose text holds `bomb` kills its child, one with `heavy` only in company. */
export class MemoryIsolation implements IsolatedPreparation {
  /** Positions of every run. */
  readonly runs: number[][] = [];

  constructor(private readonly index: MemoryIndex) {}

  async run(...[ref, epoch, records, positions]: Parameters<IsolatedPreparation['run']>): Promise<ChildOutcome> {
    this.runs.push(positions);
    const text = (position: number) => String(records[position]!.value);
    const at = positions.findIndex(
      (position) => text(position).includes('bomb') || (positions.length > 2 && text(position).includes('heavy')),
    );
    if (at >= 0) return { kind: 'killed', at, how: 'SIGABRT' };
    const chosen = positions.map((position) => records[position]!);
    const range = prepareBatch(ref, chosen, epoch, { decode: decodeRecord, rules: RULES, index: this.index });
    return {
      kind: 'prepared',
      range: {
        ...range,
        positions: range.positions.map((items) => items.map((item) => positions[item]!)),
        rejected: range.rejected.map((one) => ({ ...one, position: positions[one.position]! })),
      },
    };
  }
}
