import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { version } from '../../package.json';
import { bundleEdited, type SourceEdit } from '../support/edited-workflows';
import { workflowBundle } from '../support/workflow-environment';

const FOLDER = join(__dirname, 'histories');
/** Of every version, `0.1.0/audit-1-01.json`. */
const histories = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(FOLDER, join(entry.parentPath, entry.name)))
  .sort();
const read = (name: string) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as unknown;

/** What a change that forgets `patched()` does to each workflow: a step more, a step less, a timer. */
const BREAKS: Record<string, SourceEdit> = {
  partition: {
    file: 'workflows/partition-pipeline.ts',
    from: '  state.active = true;\n',
    to: '  state.active = true;\n  await sleep(1000);\n',
  },
  supervisor: {
    file: 'workflows/supervisor.ts',
    from: '    await partitions.passOn();\n',
    to: '    await partitions.passOn();\n    await condition(() => false, 1000);\n',
  },
  audit: {
    file: 'workflows/audit.ts',
    from: '    const partition = left[0]!;\n',
    to: '    const partition = left[0]!;\n    await activities.listAuditPartitions({ topic });\n',
  },
  redrive: {
    file: 'workflows/redrive.ts',
    from: '    if (result.done) return progress;\n',
    to: '    if (result.done) return (await redriving.redriveChunk({ ...input, progress })).progress;\n',
  },
  replay: {
    file: 'workflows/replay.ts',
    from: '    if (!run.start) await plan(run, input);\n    await save(run, input);\n',
    to: '    if (!run.start) await plan(run, input);\n',
  },
  export: {
    file: 'workflows/export.ts',
    from: '    while (!run.over) {\n',
    to: '    await condition(() => false, 1000);\n    while (!run.over) {\n',
  },
  retention: {
    file: 'workflows/retention.ts',
    from: '  const report = ',
    to: '  await expireIndices(input);\n  const report = ',
  },
};

jest.setTimeout(120_000);

/** Histories of real runs: a change that they cannot follow would stop every pipeline that runs at the upgrade. */
describe('recorded histories', () => {
  test.each(histories)('%s replays on the workflows of today', async (name) => {
    await Worker.runReplayHistory({ workflowBundle }, read(name));
  });

  test('there are some of every workflow of this version', () => {
    const names = new Set(histories.filter((name) => name.startsWith(`${version}/`)).map((name) => nameOf(name)));
    expect(names).toEqual(new Set(Object.keys(BREAKS)));
    const types = readFileSync(join(__dirname, '../../src/workflows/index.ts'), 'utf8').match(/^export /gm);
    expect(types).toHaveLength(names.size);
  });
});

describe('workflow code that was changed without a patch', () => {
  const own = histories.filter((name) => name.startsWith(`${version}/`));
  let edited: Awaited<ReturnType<typeof bundleEdited>>;
  beforeAll(async () => {
    edited = await bundleEdited(Object.values(BREAKS));
  });

  test.each(own)('%s does not replay', async (name) => {
    const replayed = Worker.runReplayHistory({ workflowBundle: edited }, read(name));
    await expect(replayed).rejects.toThrow(DeterminismViolationError);
  });
});

/** `partition` of `0.1.0/partition-1-02.json`. */
function nameOf(history: string): string {
  return history.split('/').at(-1)!.split('-')[0]!;
}
