import { join } from 'node:path';
import { bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker';
import { workflowSources } from '../../src/workers/bundle';

/** A change of one workflow source. */
export interface SourceEdit {
  /** End of the path, `workflows/audit.ts`. */
  file: string;
  /** Text that is there exactly once. */
  from: string;
  to: string;
}

/** Bundles the workflows as they would be with some edits. @throws when an edit does not fit its source any more */
export function bundleEdited(edits: SourceEdit[]): Promise<WorkflowBundle> {
  const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };
  return bundleWorkflowCode({
    ...workflowSources(),
    logger: quiet,
    webpackConfigHook(config) {
      const edit = { loader: join(__dirname, 'edit-source-loader.js'), options: { edits } };
      const rules = [...(config.module?.rules ?? []), { test: /\.ts$/, enforce: 'pre' as const, use: [edit] }];
      return { ...config, module: { ...config.module, rules } };
    },
  });
}
