import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asFolderError } from '../../src/exports/files';
import { createExportFolder } from '../../src/exports/export-folder';
import { isExportId } from '../../src/domain/export';
import { MemoryExports } from '../support/memory-exports';
import { EXPORT_ID, exportOrder, storedExport } from '../support/stored-export';

const HOUR = 3_600_000;
const idOf = (number: number) => `20261124-101500-${String(number).padStart(6, '0')}`;
const START = Date.parse('2026-11-24T10:15:00.000Z');

describe('the folder of exports', () => {
  let now = START;
  let kept: MemoryExports;
  const folder = () => createExportFolder({ ...kept.settings, now: () => now });
  beforeEach(() => {
    now = START;
    kept = new MemoryExports({ maxBytes: 1000, retentionMs: HOUR });
  });
  afterEach(() => kept.remove());

  const create = (id: string, topic = 'logs', orderedAt = new Date(now).toISOString()) =>
    folder().create(storedExport({ order: exportOrder({ id, topic, orderedAt }), savedAt: orderedAt }));
  const end = async (id: string, bytes: number) =>
    folder().update(id, { status: 'done', progress: { parts: 1, logs: 1, bytes, restarts: 0, activeMs: 1 } });

  it('keeps an order once, and gives back what was kept', async () => {
    expect(await folder().read(EXPORT_ID)).toBeUndefined();
    expect([await create(EXPORT_ID), await create(EXPORT_ID, 'other')]).toEqual([true, false]);
    await folder().update(EXPORT_ID, { status: 'running', frozenAt: 'then' });
    const savedAt = new Date(now).toISOString();
    expect(await folder().read(EXPORT_ID)).toMatchObject({ status: 'running', frozenAt: 'then', savedAt });
    expect((await folder().read(EXPORT_ID))!.order.topic).toBe('logs');
  });

  it('lists a topic, the newest first', async () => {
    for (const number of [1, 2, 3]) {
      now += 1000;
      await create(idOf(number), number === 2 ? 'other' : 'logs');
    }
    expect((await folder().list('logs')).map(({ order }) => order.id)).toEqual([idOf(3), idOf(1)]);
  });

  it('is for its owner alone', async () => {
    await create(EXPORT_ID);
    const own = join(kept.path, EXPORT_ID);
    const paths = [kept.path, own, ...readdirSync(own).map((name) => join(own, name))];
    for (const path of paths) expect(statSync(path).mode & 0o077).toBe(0);
  });

  it.each(['..', '../x', '.', '', 'r-', `${EXPORT_ID}/..`, `${EXPORT_ID}\n`, 'r-0123456789abcdef012g', '%2e%2e'])(
    'knows no export of the name %j',
    async (id) => {
      expect(isExportId(id)).toBe(false);
      await expect(folder().read(id)).rejects.toThrow('not the id of an export');
      await expect(folder().tidy(id)).rejects.toThrow('not the id of an export');
    },
  );

  it('lets go of what nobody has changed for its time, and of what killed processes left', async () => {
    await create(idOf(1));
    now += HOUR / 2;
    await create(idOf(2));
    await end(idOf(2), 5);
    mkdirSync(join(kept.path, '.gone-x-1'));
    now += HOUR / 2 + 1;
    expect(await folder().expire()).toBe(1);
    expect((await folder().list('logs')).map(({ order }) => order.id)).toEqual([idOf(2)]);
    now = Date.now() + 2 * HOUR;
    expect(await folder().expire()).toBe(1);
    expect(readdirSync(kept.path)).toEqual([]);
    expect(await createExportFolder({ ...kept.settings, folder: join(kept.path, 'none') }).expire()).toBe(0);
  });

  it('makes room by removing the oldest that have ended, never one that is under way', async () => {
    for (const number of [1, 2, 3]) {
      await create(idOf(number));
      now += 1000;
      if (number > 1) await end(idOf(number), 400);
    }
    await folder().makeRoom(idOf(1), 200);
    expect(await folder().list('logs')).toHaveLength(3);
    await folder().makeRoom(idOf(1), 300);
    expect((await folder().list('logs')).map(({ order }) => order.id)).toEqual([idOf(3), idOf(1)]);
    await expect(folder().makeRoom(idOf(3), 700)).rejects.toMatchObject({ code: 'export_too_large' });
    expect(existsSync(join(kept.path, idOf(3)))).toBe(true);
  });

  it('says that an export is gone, rather than to make half of one', async () => {
    await expect(folder().update(EXPORT_ID, { status: 'running' })).rejects.toMatchObject({ code: 'export_missing' });
    expect(existsSync(kept.path)).toBe(false);
  });

  it('takes a part whose bytes are shorter than it says for none', async () => {
    await create(EXPORT_ID);
    const out = await folder().openPart(EXPORT_ID, 1, 1);
    await out.write(Buffer.from('whole'));
    const part = await out.commit({ logs: 1, pit: 'p', last: true, ms: 1 });
    expect(await folder().parts(EXPORT_ID, 1)).toEqual([part]);
    writeFileSync(join(kept.path, EXPORT_ID, part!.file), 'who');
    expect(await folder().parts(EXPORT_ID, 1)).toEqual([]);
    const again = await folder().openPart(EXPORT_ID, 1, 1);
    expect(await again.commit({ logs: 0, pit: 'p', last: true, ms: 1 })).toMatchObject({ number: 1, bytes: 0 });
  });

  it('that is no folder cannot be used, with a code that tries again', async () => {
    const file = join(kept.path, 'file');
    mkdirSync(kept.path);
    writeFileSync(file, '');
    chmodSync(file, 0o600);
    const broken = createExportFolder({ ...kept.settings, folder: file });
    await expect(broken.create(storedExport())).rejects.toMatchObject({
      code: 'export_folder_unusable',
      verdict: 'wait',
    });
    const told = asFolderError(Object.assign(new Error('x'), { code: 'ENOSPC', syscall: 'write' }));
    expect(told).toMatchObject({ code: 'export_disk_full', verdict: 'wait' });
    const ours = new TypeError('a mistake of ours');
    expect(asFolderError(ours)).toBe(ours);
  });
});
