import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { fetchTemporalTestServer } from '../../local/fetch/fetch-temporal';
import { programsIn } from '../../local/fetch/programs';
import { localFolder } from '../../local/local-folder';
import { projectRoot } from '../../local/project';

/**
 * Global setup of both projects: fetches the time-skipping server once and bundles the workflows once per run, as
 * SLUICE_TEMPORAL_TEST_SERVER and SLUICE_TEST_WORKFLOW_BUNDLE.
 */
export async function prepareTemporal(): Promise<void> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const programs = programsIn(localFolder(process.env));
  process.env['SLUICE_TEMPORAL_TEST_SERVER'] ??= await fetchTemporalTestServer(programs, say);
  process.env['SLUICE_TEST_WORKFLOW_BUNDLE'] ??= await bundleWorkflows();
}

async function bundleWorkflows(): Promise<string | undefined> {
  const workflowsPath = join(projectRoot(), 'src', 'workflows', 'index.ts');
  if (!existsSync(workflowsPath)) return undefined;
  const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error: console.error, log() {} };
  let code: string;
  try {
    ({ code } = await bundleWorkflowCode({ workflowsPath, logger: quiet }));
  } catch (error) {
    // The workflow tests fail for the lack of it; all others can still run.
    process.stderr.write(`the workflows cannot be bundled: ${String(error)}\n`);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bundle-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'workflows.js');
  writeFileSync(file, code);
  return file;
}

export default prepareTemporal;
