import { noExportProgress, type ExportOrder, type StoredExport } from '../../src/domain/export';

export const EXPORT_ID = '20261124-101500-3f9a1c';

/** An export of everything, ordered a moment ago. */
export function exportOrder(change: Partial<ExportOrder> = {}): ExportOrder {
  return {
    ...{ id: EXPORT_ID, topic: 'logs', filter: { where: { kind: 'all' } }, format: 'ndjson', asked: {}, actor: 'test' },
    orderedAt: '2026-11-24T10:15:00.000Z',
    ...change,
  };
}

export function storedExport(change: Partial<StoredExport> = {}): StoredExport {
  return {
    ...{ order: exportOrder(), status: 'ordered', progress: noExportProgress() },
    savedAt: '2026-11-24T10:15:00.000Z',
    ...change,
  };
}
