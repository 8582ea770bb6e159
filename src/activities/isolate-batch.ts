import type { ChildOutcome, PreparedRange } from './isolation-ports';

/**
 * Prepares a batch that has cost two attempts their process, in child processes. A child that dies names the record it
 * was at; that one is then done alone, and quarantined when it kills its process twice, alone. Where it does not,
 * the memory of many records together was too much: the range is done in halves. So no innocent record is quarantined.
 *
 * @param positions of the records that have no fate yet, ascending
 * @param run prepares these records in a fresh child
 * @param onKilled gives a record its fate at once, so that an attempt that ends here leaves it to the next one
 * @returns what was prepared, of all records but the killing ones
 */
export async function isolateBatch(
  positions: number[],
  run: (positions: number[]) => Promise<ChildOutcome>,
  onKilled: (position: number, how: string) => Promise<void>,
): Promise<PreparedRange[]> {
  const prepared: PreparedRange[] = [];
  const ranges = [positions];
  for (let range = ranges.shift(); range; range = ranges.shift()) {
    if (range.length === 0) continue;
    const outcome = await run(range);
    if (outcome.kind === 'prepared') {
      prepared.push(outcome.range);
      continue;
    }
    const suspect = range[outcome.at]!;
    const alone = await runAlone(suspect, range.length === 1 ? 1 : 2, run);
    const rest = range.filter((position) => position !== suspect);
    if (alone.kind === 'killed') {
      await onKilled(suspect, alone.how);
      ranges.unshift(rest);
    } else {
      prepared.push(alone.range);
      const middle = rest.length >> 1;
      ranges.unshift(rest.slice(0, middle), rest.slice(middle));
    }
  }
  return prepared;
}

/** Runs of one record by itself, side by side as each may take its whole time: it survives when one of them does. */
async function runAlone(
  position: number,
  times: number,
  run: (positions: number[]) => Promise<ChildOutcome>,
): Promise<ChildOutcome> {
  const runs = await Promise.allSettled(Array.from({ length: times }, () => run([position])));
  const outcomes = runs.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
  return outcomes.find(({ kind }) => kind === 'prepared') ?? outcomes[0]!;
}
