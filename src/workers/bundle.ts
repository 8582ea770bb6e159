import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerOptions } from '@temporalio/worker';

/** Where the build puts the workflow bundle. */
export const BUNDLE_PATH = join(__dirname, 'workflow-bundle.js');

/** The bundle of the build, or the sources where there was no build. */
export function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  if (existsSync(BUNDLE_PATH)) return { workflowBundle: { codePath: BUNDLE_PATH } };
  return { workflowsPath: require.resolve('../workflows/index') };
}
