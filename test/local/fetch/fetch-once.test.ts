import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchOnce } from '../../../local/fetch/fetch-once';
import { identify } from '../../../local/system/process-identity';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'sluice-fetch-'))));
afterEach(() => rmSync(root, { recursive: true }));

const quiet = () => undefined;

describe('fetchOnce', () => {
  test('two at a time build once, and both find it complete', async () => {
    let builds = 0;
    const folder = join(root, 'server');
    const fetch = async () => {
      await fetchOnce(folder, 'server', quiet, async (work) => {
        builds += 1;
        await new Promise((resolve) => setImmediate(resolve));
        writeFileSync(join(work, 'jar'), 'whole');
      });
      return readFileSync(join(folder, 'jar'), 'utf8');
    };
    expect(await Promise.all([fetch(), fetch()])).toEqual(['whole', 'whole']);
    expect(builds).toBe(1);
    expect(readdirSync(root)).toEqual(['server']);
  });

  test('a build that fails leaves nothing behind and is tried anew by the next', async () => {
    const folder = join(root, 'server');
    const failing = fetchOnce(folder, 'server', quiet, async (work) => {
      writeFileSync(join(work, 'jar'), 'half');
      throw new Error('no network');
    });
    await expect(failing).rejects.toThrow('no network');
    expect(readdirSync(root)).toEqual([]);
    await fetchOnce(folder, 'server', quiet, async (work) => writeFileSync(join(work, 'jar'), 'whole'));
    expect(readFileSync(join(folder, 'jar'), 'utf8')).toBe('whole');
  });

  test('the lock and the half-built folder of a process that was killed are taken over', async () => {
    const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)']);
    await once(child.stdout, 'data');
    const folder = join(root, 'server');
    writeFileSync(`${folder}.lock`, JSON.stringify(identify(child.pid!)));
    child.kill('SIGKILL');
    await once(child, 'exit');
    await fetchOnce(folder, 'server', quiet, async () => undefined);
    expect(existsSync(folder)).toBe(true);
    expect(readdirSync(root)).toEqual(['server']);
  });
});
