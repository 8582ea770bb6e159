import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { fetchTemporalTestServer } from '../../local/fetch/fetch-temporal';
import { programsIn } from '../../local/fetch/programs';
import { localFolder } from '../../local/local-folder';
import { projectRoot } from '../../local/project';
import { identify } from '../../local/system/process-identity';

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
  const workflowInterceptorModules = [join(projectRoot(), 'src', 'workflows', 'early-events.ts')];
  const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error: console.error, log() {} };
  let code: string;
  try {
    ({ code } = await bundleWorkflowCode({ workflowsPath, workflowInterceptorModules, logger: quiet }));
  } catch (error) {
    // The workflow tests fail for the lack of it; all others can still run.
    process.stderr.write(`the workflows cannot be bundled: ${String(error)}\n`);
    return undefined;
  }
  const folder = join(localFolder(process.env), 'test-bundles');
  removeLeftBundles(folder);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${process.pid}.js`);
  process.once('exit', () => rmSync(file, { force: true }));
  writeFileSync(file, code);
  return file;
}

/** A run that was interrupted could not remove its own; the name tells whose it is. */
function removeLeftBundles(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (identify(Number.parseInt(name, 10)) === undefined) rmSync(join(folder, name));
  }
}

export default prepareTemporal;
