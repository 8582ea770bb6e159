import type { AuditReading } from '../../../src/api/ports';
import type { AppDeps } from '../../../src/api/ports';
import { emptyReport } from '../../../src/domain/audit-report';
import { kafkaRecord } from '../../support/records';
import { replayOrder } from '../../support/memory-replays';
import { documents, fakeRetention } from '../fakes';
import { storedExport, EXPORT_ID } from '../../support/stored-export';
import { createMemoryDesk } from '../memory-dead-letters';
import { createMemoryExportDesk } from '../memory-export-desk';
import { createMemoryReplayDesk } from '../memory-replay-desk';

const at = '2026-11-24T12:00:00.000Z';
const redrive = '7b0f2f0e-6f0a-4d0e-9d55-0d4c3c1f2a11';

/** What the stocked app has at each address with braces, and what fits there and is not known. */
export const KNOWN: Readonly<Record<string, string>> = {
  '/logs/{id}': documents[0]!.id,
  '/requests/{request_id}': documents[0]!.log.request_id!,
  '/pipeline/audits/{id}': 'one',
  '/pipeline/dead-letters/{id}': '01-0000-0000000000000000',
  '/pipeline/redrives/{id}': redrive,
  '/logs/exports/{id}': EXPORT_ID,
  '/replays/{id}': 'one',
  '/retention/runs/{id}': 'one',
};
export const UNKNOWN: Readonly<Record<string, string>> = {
  '/logs/{id}': '01-0099-0000000000000000',
  '/requests/{request_id}': 'nobody',
  '/pipeline/audits/{id}': 'other',
  '/pipeline/dead-letters/{id}': '01-0099-0000000000000000',
  '/pipeline/redrives/{id}': redrive.replace('7', '8'),
  '/logs/exports/{id}': EXPORT_ID.replace('3f', '4f'),
  '/replays/{id}': 'other',
  '/retention/runs/{id}': 'other',
};

/** An app's dependencies with one of everything that has an address. */
export async function stock() {
  const desk = createMemoryDesk();
  await desk.add([0, 1].map((offset) => ({ record: kafkaRecord('not json', { offset }) })));
  desk.letters.alter('01-0000-0000000000000001', { state: 'redriven' });
  desk.orders.order(redrive);
  desk.started.set(redrive, 'running');
  const replays = createMemoryReplayDesk();
  replays.store.stored.set('one', { order: replayOrder(), status: 'done' });
  replays.says.delivery = { kind: 'answered', status: 'running' };
  const exports = createMemoryExportDesk();
  await exports.exports.folder.create(storedExport());
  exports.says.delivery = { kind: 'answered', status: 'running' };
  const audit: AuditReading = { status: 'done', startedAt: at, endedAt: at, report: emptyReport() };
  const read = async (_topic: string, id: string) => (id === 'one' ? audit : undefined);
  const runs = {
    ...fakeRetention().runs,
    read: async (_topic: string, id: string) =>
      id === 'one' ? ({ status: 'running', startedAt: at } as const) : undefined,
  };
  const deps: Partial<AppDeps> = {
    deadLetters: desk.desk,
    longExports: exports.desk,
    replays: replays.desk,
    audits: { start: async () => undefined, read },
    retention: fakeRetention({ runs }),
  };
  return { deps, replays, exports };
}
