import { ApplicationFailure } from '@temporalio/activity';
import type { IndexResult } from '../../src/activities/index-batch';
import { parseDocumentId } from '../../src/domain/ids';
import { book, countFates, openLedger } from '../../src/domain/ledger';
import type { KafkaRecord } from '../../src/domain/record';
import type { RedriveProgress } from '../../src/domain/redrive';
import { EPOCH, MemoryWorker } from './activity-run';
import { exportRequest } from './export-request';
import { MemoryAudit } from './memory-audit';
import { batchRef, kafkaRecord } from './records';

/** Index and id of the first message; its documents have `-0`, `-1` and so on behind it. */
export const KEY = 'logs-2026.11.24/01-0000-0000000000000000';
/** A record with an export request of these log records. */
export const message = (...records: unknown[]) => kafkaRecord(exportRequest(records));

/** A worker with these records in partition 0, and the step that indexes them. */
export function holding(...records: KafkaRecord[]) {
  const worker = new MemoryWorker();
  worker.source.append(0, ...records);
  const ref = batchRef(0, records.length);
  return { worker, index: () => worker.run('indexBatch', [{ ref, epoch: EPOCH }]) };
}

/** Redrives all open letters to the end, failed attempts included. */
export async function redrive(worker: MemoryWorker, operation: string, body?: object): Promise<RedriveProgress> {
  worker.redrives.order(operation, body ? { editedBody: Buffer.from(JSON.stringify(body)) } : {});
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      return (await worker.run('redriveChunk', [{ topic: 'logs', operation }])).progress;
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || error.nonRetryable) throw error;
    }
  }
  throw new Error('no end');
}

/** Holds everything that is there against the account, as an audit does. */
export async function audit(worker: MemoryWorker, { fates }: IndexResult) {
  const sut = new MemoryAudit(100_000);
  const count = countFates(fates);
  sut.account.ledger = book(openLedger('0'), { from: '0', to: String(count) }, fates);
  const { records } = await worker.source.read(0, 0, count, new AbortController().signal);
  sut.source.append(0, ...records);
  sut.end = count;
  sut.documents = [...worker.index.documents].map(([key, { source }]) => {
    const [index = '', id = ''] = key.split('/');
    const { offset, part } = parseDocumentId(id)!;
    const { parts: of } = source['kafka'] as { parts?: number };
    return { index, id, offset, ...(part === undefined || of === undefined ? {} : { place: { part, of } }) };
  });
  sut.letters = [...(await worker.letters.inRange(batchRef(0, count))).values()];
  const room = { missing: 100, doubled: 100, unverifiable: 100, foreign: 100 };
  return (await sut.run('auditPartition', { topic: 'logs', partition: 0, room })).audit;
}
