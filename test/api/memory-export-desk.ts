import type { ExportDesk, ExportReading } from '../../src/api/exports/ports';
import type { OrderDelivery } from '../../src/api/pipeline/order-workflows';
import type { ExportStatus } from '../../src/domain/export';
import { createExportChunk } from '../../src/activities/export-chunk';
import { createFinishExport } from '../../src/activities/export-end';
import { MockActivityEnvironment } from '@temporalio/testing';
import { MemoryExports } from '../support/memory-exports';

/** Long exports behind the API's ports: a real folder, and workflows that say what a test tells them to. */
export function createMemoryExportDesk(exports = new MemoryExports()) {
  const sent: { id: string; message: string; note: object }[] = [];
  const started: string[] = [];
  const says: { reading: ExportReading; delivery: OrderDelivery<ExportStatus> } = {
    reading: { execution: 'missing' },
    delivery: { kind: 'missing' },
  };
  const desk: ExportDesk = {
    shelf: exports.folder,
    workflows: {
      start: async (_topic, id) => void started.push(id),
      read: async () => says.reading,
      send: async (_topic, id, message, note) => {
        sent.push({ id, message, note });
        return says.delivery;
      },
    },
    maxOpen: 3,
    retentionMs: exports.settings.retentionMs,
  };
  /** Does the work of a workflow, up to its end. */
  async function finish(id: string, topic = 'logs'): Promise<void> {
    const draining = new AbortController().signal;
    const deps = { exportFolder: exports.folder, exportSource: exports, draining, partBytes: 32 * 1024 };
    const run = <R>(step: (input: { topic: string; id: string }) => Promise<R>) =>
      new MockActivityEnvironment().run(step, { topic, id });
    await run(createExportChunk(deps));
    await run(createFinishExport(deps));
  }
  return { desk, exports, sent, started, says, finish };
}
