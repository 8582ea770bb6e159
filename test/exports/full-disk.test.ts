import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../local/project';

jest.setTimeout(60_000);

/** In a disk of 256 kB that only this process sees; undefined where the system lets nobody make one. */
function onSmallDisk(folder: string): string | undefined {
  const program = `node --require tsx/cjs ${join('test', 'support', 'fill-disk.ts')} ${folder}`;
  const script = `mount -t tmpfs -o size=256k tmpfs ${folder} && echo mounted && exec ${program}`;
  const { stdout, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script], {
    cwd: projectRoot(),
    encoding: 'utf8',
  });
  const [mounted, told] = (stdout ?? '').split('\n');
  if (mounted !== 'mounted') return undefined;
  if (!told) throw new Error(stderr);
  return told;
}

describe('a disk that is really full', () => {
  it('has its code, leaves nothing of the part, and takes the next one once there is room', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-full-'));
    const told = onSmallDisk(folder);
    rmSync(folder, { recursive: true });
    if (told === undefined) return console.warn('left out: no file system can be mounted here');
    expect(JSON.parse(told)).toEqual({ code: 'export_disk_full', left: ['order.json', 'state.json'], bytes: 4 });
  });
});
