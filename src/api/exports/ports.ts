import type { ExportMessage, ExportState, ExportStatus } from '../../domain/export';
import type { ExportShelf } from '../../exports/export-folder';
import type { OrderReading, OrderWorkflows } from '../pipeline/order-workflows';

/** What could be learned of an export's workflow. */
export type ExportReading = OrderReading<ExportState>;

/** All that the routes of long exports talk to. */
export interface ExportDesk {
  shelf: Pick<ExportShelf, 'create' | 'read' | 'update' | 'list' | 'tidy' | 'readFile'>;
  workflows: OrderWorkflows<ExportState, ExportStatus, ExportMessage>;
  /** Exports that may be under way. */
  maxOpen: number;
  /** How long one is kept after its last change, in milliseconds. */
  retentionMs: number;
}
