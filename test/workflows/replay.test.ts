import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { workflowBundle } from '../support/workflow-environment';

const FOLDER = join(__dirname, 'histories');
const histories = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

jest.setTimeout(60_000);

/** Histories of real runs: a change that they cannot follow would stop every pipeline that runs at the upgrade. */
describe('recorded histories', () => {
  test('there are some of each workflow', () => {
    expect(histories.filter((name) => name.startsWith('partition'))).not.toHaveLength(0);
    expect(histories.filter((name) => name.startsWith('supervisor'))).not.toHaveLength(0);
    expect(histories.filter((name) => name.startsWith('replay'))).not.toHaveLength(0);
  });

  test.each(histories)('%s replays on the workflows of today', async (name) => {
    const history = JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as unknown;
    await Worker.runReplayHistory({ workflowBundle }, history);
  });

  test('a history with a step that never happened does not replay', async () => {
    const text = readFileSync(
      join(
        FOLDER,
        histories.find((name) => name.startsWith('partition'))!,
      ),
      'utf8',
    );
    const broken = JSON.parse(text.replaceAll('"name": "scoreBatch"', '"name": "indexBatch"')) as unknown;
    await expect(Worker.runReplayHistory({ workflowBundle }, broken)).rejects.toThrow(/[Nn]ondeterminism/);
  });
});
