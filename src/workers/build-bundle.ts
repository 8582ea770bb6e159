import { writeFileSync } from 'node:fs';
import { bundleWorkflowCode } from '@temporalio/worker';
import { BUNDLE_PATH, workflowSources } from './bundle';

/** Bundles the workflows once, at build time, so that a worker starts without a compiler. */
async function buildBundle(): Promise<void> {
  const { code } = await bundleWorkflowCode({
    ...workflowSources(),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error },
  });
  writeFileSync(BUNDLE_PATH, code);
}

void buildBundle();
