import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createExportFolder } from '../../src/exports/export-folder';
import { EXPORT_ID, storedExport } from './stored-export';

/** Writes a part into a folder until its disk is full, and prints the code of the failure and what is left of the part. */
async function main(folder: string): Promise<void> {
  const exports = createExportFolder({ folder, retentionMs: 1000, maxBytes: 2 ** 40 });
  await exports.create(storedExport());
  const out = await exports.openPart(EXPORT_ID, 1, 1);
  let code: unknown;
  try {
    for (;;) await out.write(Buffer.alloc(64 * 1024));
  } catch (error) {
    ({ code } = error as { code: unknown });
  }
  await out.discard();
  const left = readdirSync(join(folder, EXPORT_ID)).sort();
  const again = await exports.openPart(EXPORT_ID, 1, 1);
  await again.write(Buffer.from('fits'));
  const part = await again.commit({ logs: 1, pit: 'p', last: true, ms: 1 });
  process.stdout.write(JSON.stringify({ code, left, bytes: part?.bytes }));
}

void main(process.argv[2]!);
