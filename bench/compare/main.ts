import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../local/project';
import { FlagError, readFlags, wholeFlag } from '../flags';
import { compareRatios, ratiosOf, renderComparison, type BenchResult, type Recorded } from './ratios';
import { RECORDED_FILE, readRecorded } from './recorded';

const RESULT = join(projectRoot(), '.local', 'bench', 'result.json');

/** Fewer give no median worth keeping. */
const MIN_ROUNDS = 3;

/** Holds the last run of the bench against the recorded ratios; `--record` keeps them instead. */
function compare(): boolean {
  const flags = readFlags({ record: { type: 'boolean' }, result: { type: 'string' }, tolerance: { type: 'string' } });
  const tolerance = wholeFlag('tolerance', flags.tolerance ?? '10', 0) / 100;
  const file = flags.result ?? RESULT;
  if (!existsSync(file)) throw new FlagError(`there is no ${file}: run \`make bench\` first`);
  const result = JSON.parse(readFileSync(file, 'utf8')) as BenchResult;
  if (!result.measuredAt || !result.machine) {
    throw new FlagError(`${file} does not say when and where it was measured: run \`make bench\` again`);
  }
  const recorded = readRecorded();
  process.stdout.write(`${renderComparison(recorded, result, tolerance)}\n`);
  if (!flags.record) return compareRatios(recorded.ratios, ratiosOf(result), tolerance).every(({ fell }) => !fell);
  if (result.worker.length < MIN_ROUNDS)
    throw new FlagError(`a run of fewer than ${MIN_ROUNDS} rounds is not recorded`);
  const { measuredAt, machine, count } = result;
  const kept: Recorded = { measuredAt, machine, count, ratios: ratiosOf(result) };
  writeFileSync(RECORDED_FILE, `${JSON.stringify(kept, null, 2)}\n`);
  process.stdout.write(`recorded in ${RECORDED_FILE}\n`);
  return true;
}

try {
  process.exitCode = compare() ? 0 : 1;
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}
