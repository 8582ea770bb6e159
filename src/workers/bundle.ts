import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BundleOptions, WorkerOptions } from '@temporalio/worker';

/** Where the build puts the workflow bundle. */
export const BUNDLE_PATH = join(__dirname, 'workflow-bundle.js');

/** A ready bundle: the given one, or that of the build; without either the sources, bundled at start. */
export function workflowCode(given?: string): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'interceptors'> {
  const codePath = given ?? BUNDLE_PATH;
  if (existsSync(codePath)) return { workflowBundle: { codePath } };
  const { workflowsPath, workflowInterceptorModules: workflowModules } = workflowSources();
  return { workflowsPath, interceptors: { workflowModules } };
}

/** What a bundle is made of. */
export function workflowSources(): Pick<Required<BundleOptions>, 'workflowsPath' | 'workflowInterceptorModules'> {
  return {
    workflowsPath: require.resolve('../workflows/index'),
    workflowInterceptorModules: [require.resolve('../workflows/early-events')],
  };
}
