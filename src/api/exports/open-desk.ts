import type { Client } from '@temporalio/client';
import type { Config } from '../../config';
import { EXPORT_WORKFLOW, exportWorkflowId } from '../../domain/export';
import { createExportFolder } from '../../exports/export-folder';
import { createOrderWorkflows } from '../pipeline/order-workflows';
import type { ExportDesk } from './ports';

/** Long exports in the folder that workers share, and in Temporal. */
export function openExportDesk(
  { exports, temporal }: Pick<Config, 'exports' | 'temporal'>,
  client: Client,
): ExportDesk {
  const kind = { name: 'export', type: EXPORT_WORKFLOW, workflowId: exportWorkflowId };
  return {
    shelf: createExportFolder(exports),
    workflows: createOrderWorkflows(client, temporal.taskQueue, kind),
    maxOpen: exports.maxOpen,
    retentionMs: exports.retentionMs,
  };
}
