import { createHash } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MockActivityEnvironment } from '@temporalio/testing';
import type { PartWriter } from '../../src/activities/export-ports';
import type { ExportOrder, ExportProgress } from '../../src/domain/export';
import { asFolderError } from '../../src/exports/files';
import { exportFormat } from '../../src/exports/format';
import { generateLogs } from '../api/generated-logs';
import { MemoryWorker } from '../support/activity-run';
import { EXPORT_ID, exportOrder, storedExport } from '../support/stored-export';

jest.setTimeout(60_000);

const STEP = { topic: 'logs', id: EXPORT_ID };
const ORDERS: Partial<ExportOrder>[] = [
  {},
  { format: 'csv', fields: ['message', 'status_code'] },
  { sort: { by: 'score', descending: true }, limit: 150 },
  { filter: { where: { kind: 'equals', field: 'level', values: ['error'] } } },
  { filter: { where: { kind: 'equals', field: 'service', values: ['nobody'] } }, format: 'csv' },
];

describe('a long export', () => {
  let worker: MemoryWorker;
  beforeEach(() => (worker = new MemoryWorker()));
  afterEach(() => worker.exports.remove());

  const order = async (change: Partial<ExportOrder> = {}) => {
    await worker.exports.folder.create(storedExport({ order: exportOrder(change) }));
    return exportOrder(change);
  };
  const stored = async () => (await worker.exports.folder.read(EXPORT_ID))!;
  const finish = async () => {
    expect((await worker.run('exportChunk', [STEP])).done).toBe(true);
    return worker.run('finishExport', [STEP]);
  };
  const expected = async (of: ExportOrder) => {
    const { head, line } = exportFormat({ ...of, summary: false });
    return head + (await worker.exports.logsOf(of)).slice(0, of.limit).map(line).join('');
  };
  /** By its checksum: nobody reads a message with two files in it. */
  const expectFile = async (wanted: string) => {
    const file = await worker.exports.file();
    expect([file.length, sha256(file)]).toEqual([wanted.length, sha256(wanted)]);
  };
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

  test.each(ORDERS)('%j: the file is what a direct one would be', async (change) => {
    const of = await order(change);
    const wanted = await expected(of);
    const { sha256: sum, bytes, logs } = await finish();
    await expectFile(wanted);
    expect([sum, bytes]).toEqual([sha256(wanted), Buffer.byteLength(wanted)]);
    const { status, result, progress } = await stored();
    expect(status).toBe('done');
    expect(result).toMatchObject({ logs, complete: of.limit === undefined, sha256: sum });
    expect(progress).toMatchObject({ logs, bytes, restarts: 0 });
    expect(worker.exports.released).toEqual(['view 1']);
  });

  test('an attempt that dies on the way: the next one goes on behind the last whole part', async () => {
    worker.exports.documents = large(3000);
    const of = await order();
    const wanted = await expected(of);
    // Comes in behind the view, and must not be seen.
    worker.exports.before = () => {
      worker.exports.documents = [...worker.exports.documents, ...generateLogs(5, 'logs')];
      if (worker.exports.pages.length === 4) throw new Error('killed');
    };
    await expect(worker.run('exportChunk', [STEP])).rejects.toThrow('unexpected error');
    const { parts, logs } = (await stored()).progress;
    expect(parts).toBeGreaterThan(0);
    const before = worker.exports.pages.length;
    await finish();
    await expectFile(wanted);
    expect(worker.exports.pages.slice(before).reduce((sum, size) => sum + size, 0)).toBe(3000 - logs);
    expect(worker.exports.views.size).toBe(1);
  });

  test('what a killed process has left beside is no part, and goes at the end', async () => {
    await order();
    const own = join(worker.exports.path, EXPORT_ID);
    for (const part of [1, 2]) await writeFile(join(own, `part-000001-00000${part}-0123456789ab`), 'half a part');
    await finish();
    expect(await worker.exports.file()).not.toContain('half a part');
    const names = await readdir(join(worker.exports.path, EXPORT_ID));
    expect(names.filter((name) => name.startsWith('part-'))).toHaveLength(2);
  });

  test('two attempts at the same time: each part is written by one of them', async () => {
    worker.exports.documents = large(3000);
    const of = await order();
    const wanted = await expected(of);
    const attempts = [1, 2].map(() => worker.run('exportChunk', [STEP]));
    const settled = await Promise.allSettled(attempts);
    for (const one of settled) {
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ type: 'superseded' });
    }
    await finish();
    await expectFile(wanted);
  });

  test('a view that is gone: the file begins anew, and is of the new moment alone', async () => {
    worker.exports.documents = large(3000);
    const of = await order();
    let lost = false;
    worker.exports.before = () => {
      if (lost || worker.exports.pages.length < 4) return;
      lost = true;
      worker.exports.views.clear();
      worker.exports.documents = worker.exports.documents.slice(100);
    };
    await finish();
    await expectFile(await expected(of));
    expect((await stored()).progress).toMatchObject({ logs: 2900, total: 2900, restarts: 1 });
    const names = await readdir(join(worker.exports.path, EXPORT_ID));
    expect(names.filter((name) => name.includes('-000001'))).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/^(view|part)-000001/)]),
    );
  });

  test('views that are taken away again and again end it with a code', async () => {
    await order();
    worker.exports.before = () => worker.exports.views.clear();
    await expect(worker.run('exportChunk', [STEP])).rejects.toMatchObject({
      type: 'export_view_lost',
      nonRetryable: true,
    });
  });

  test('told to stop, it ends behind a whole part and leaves the rest', async () => {
    worker.exports.documents = large(3000);
    const of = await order();
    const wanted = await expected(of);
    let running: MockActivityEnvironment | undefined;
    worker.exports.before = () => {
      if (worker.exports.pages.length === 3) running!.cancel();
    };
    const whileRunning = (environment: MockActivityEnvironment) => void (running = environment);
    const { done, progress } = await worker.run('exportChunk', [STEP], { whileRunning });
    expect([done, progress.logs > 0, progress.logs < 3000]).toEqual([false, true, true]);
    expect(worker.exports.released).toEqual([]);
    await worker.run('exportChunk', [STEP]);
    await worker.run('finishExport', [STEP]);
    await expectFile(wanted);
  });

  test('a disk that is full: its code, nothing of the part is left, and it goes on when there is room', async () => {
    const of = await order();
    const { folder } = worker.exports;
    const openPart = folder.openPart.bind(folder);
    let full = true;
    folder.openPart = async (...place) => {
      const out: PartWriter = await openPart(...place);
      const write = out.write.bind(out);
      out.write = async (piece) => {
        if (full) throw asFolderError(Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write' }));
        await write(piece);
      };
      return out;
    };
    await expect(worker.run('exportChunk', [STEP])).rejects.toMatchObject({
      type: 'export_disk_full',
      nonRetryable: false,
    });
    expect((await readdir(join(worker.exports.path, EXPORT_ID))).filter((name) => name.startsWith('part-'))).toEqual(
      [],
    );
    full = false;
    await finish();
    await expectFile(await expected(of));
  });

  test('an order that is not here, or of another topic', async () => {
    await expect(worker.run('exportChunk', [STEP])).rejects.toMatchObject({
      type: 'export_missing',
      nonRetryable: true,
    });
    await order();
    await expect(worker.run('exportChunk', [{ ...STEP, topic: 'other' }])).rejects.toMatchObject({
      type: 'export_missing',
    });
    await expect(worker.run('exportChunk', [{ ...STEP, id: '../etc' }])).rejects.toThrow('unexpected error');
  });

  test('a part that was changed on the disk is noticed before the file is handed out', async () => {
    await order();
    await worker.run('exportChunk', [STEP]);
    const [part] = await worker.exports.folder.parts(EXPORT_ID, 1);
    await writeFile(join(worker.exports.path, EXPORT_ID, part!.file), 'x'.repeat(part!.bytes));
    await expect(worker.run('finishExport', [STEP])).rejects.toMatchObject({
      type: 'export_damaged',
      nonRetryable: true,
    });
  });

  test('cancelled: what is written goes, and so does the view', async () => {
    await order();
    await worker.run('exportChunk', [STEP]);
    await worker.run('saveExport', [{ ...STEP, status: 'cancelled' }]);
    expect((await readdir(join(worker.exports.path, EXPORT_ID))).sort()).toEqual(['order.json', 'state.json']);
    expect(worker.exports.released).toEqual(['view 1']);
    expect((await stored()).status).toBe('cancelled');
  });

  test('heartbeats and results hold counts, and nothing of the order or a log', async () => {
    const secret = 'ann@example.com';
    worker.exports.documents = large(3000);
    await order({ filter: { where: { kind: 'not', part: { kind: 'words', text: secret } } } });
    worker.exports.before = () => {
      if (worker.exports.pages.length === 4) throw new Error(`failed to find ${secret}`);
    };
    const failed = await worker.run('exportChunk', [STEP]).catch((error: unknown) => error);
    const { heartbeats } = worker;
    const result = await worker.run('exportChunk', [STEP]);
    const told = JSON.stringify([result, failed, (failed as Error).message, heartbeats]);
    expect(told).not.toContain(secret);
    expect(Object.keys(heartbeats.at(-1) as ExportProgress).sort()).toEqual(
      ['activeMs', 'bytes', 'logs', 'parts', 'restarts', 'total'].sort(),
    );
  });
});

/** Logs of so much text that a part holds a few hundred. */
function large(size: number) {
  return generateLogs(size, 'logs').map((one) => ({ ...one, log: { ...one.log, message: 'm'.repeat(2000) } }));
}
