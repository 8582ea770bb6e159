import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openKeyRing, type KeyRing } from '../../src/keys/key-ring';
import { createTestKeys } from '../api/access/test-keys';
import { sluice, startApi, stopApis } from './run-cli';

const folder = mkdtempSync(join(tmpdir(), 'sluice-cli-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(stopApis);
let made = 0;

/** A keys file of its own, and the verbs on it. */
function fresh() {
  const file = join(folder, `keys-${(made += 1)}.json`);
  const run = (...args: string[]) => sluice('http://127.0.0.1:9', ['keys', ...args], { env: { API_KEYS_FILE: file } });
  const ring = (): Promise<KeyRing> => openKeyRing(file, { onBadFile: () => undefined });
  return { file, run, ring };
}
const idOf = (key: string) => key.split('_')[1]!;

describe('sluice keys', () => {
  it('create shows the key once, alone on standard output', async () => {
    const { run, ring, file } = fresh();
    const { code, out, err } = await run('create', '--name', 'ann', '--scope', 'operate');
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^sluice_\S+\n$/) });
    const key = out.trim();
    expect(err).toBe(`The operate key ${idOf(key)} of ann is in ${file}. It is not shown again.\n`);
    expect(await (await ring()).find(key)).toMatchObject({ state: 'valid', key: { name: 'ann', scope: 'operate' } });
    const listed = await run('list');
    expect(listed.out).toContain(`${idOf(key)}\tann\toperate\tvalid\t`);
    const json = await run('list', '--json');
    expect(JSON.parse(json.out).keys).toEqual([
      { id: idOf(key), name: 'ann', scope: 'operate', created_at: expect.any(String) },
    ]);
    expect(listed.out + json.out).not.toContain(key.slice(-43));
  });

  it('rotate makes a successor; both are taken until the overlap ends', async () => {
    const { run, ring } = fresh();
    const old = (await run('create', '--name', 'ann', '--scope', 'admin', '--expires-in-days', '90')).out.trim();
    const { out, code } = await run('rotate', idOf(old), '--overlap-hours', '2');
    expect(code).toBe(0);
    const keys = await ring();
    const [before, after] = await Promise.all([old, out.trim()].map((key) => keys.find(key)));
    const expiry = (found: typeof before) => Date.parse((found as { key: { expires_at: string } }).key.expires_at);
    expect(before).toMatchObject({ state: 'valid' });
    expect(after).toMatchObject({ state: 'valid', key: { name: 'ann', scope: 'admin' } });
    const hours = (found: typeof before) => Math.round((expiry(found) - Date.now()) / 3_600_000);
    expect([hours(before), hours(after)]).toEqual([2, 90 * 24]);
  });

  it('rotate without overlap ends the old one at once, and an ended key has no successor', async () => {
    const { run, ring } = fresh();
    const old = (await run('create', '--name', 'ann', '--scope', 'read')).out.trim();
    await run('rotate', idOf(old), '--overlap-hours', '0');
    expect((await (await ring()).find(old)).state).toBe('expired');
    const again = await run('rotate', idOf(old));
    expect(again).toMatchObject({ code: 1, out: '', err: expect.stringContaining('no longer valid') });
  });

  it('revoke ends a key', async () => {
    const { run, ring } = fresh();
    const key = (await run('create', '--name', 'ann', '--scope', 'read')).out.trim();
    expect((await run('revoke', idOf(key))).code).toBe(0);
    expect((await (await ring()).find(key)).state).toBe('revoked');
  });

  it.each([
    [['create', '--name', 'ann'], 2, '--scope'],
    [['create', '--name', 'ann', '--scope', 'root'], 2, 'monitor, read, operate, admin'],
    [['create', '--name', 'a b', '--scope', 'read'], 2, 'letters, digits'],
    [['revoke', '0123456789ab'], 1, 'there is no key 0123456789ab'],
    [['list'], 1, 'cannot be read: ENOENT'],
  ])('%p ends with %d and says what is wrong', async (args, code, told) => {
    expect(await fresh().run(...args)).toMatchObject({ code, out: '', err: expect.stringContaining(told) });
  });

  it('wants to know the file', async () => {
    const { code, err } = await sluice('http://127.0.0.1:9', ['keys', 'list']);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('--file') });
  });
});

describe('the key that the command sends', () => {
  const { ring, keys } = createTestKeys();

  it('is SLUICE_API_KEY, or what the file of --api-key-file holds', async () => {
    const url = await startApi({ keys: ring });
    expect((await sluice(url, ['status'], { env: { SLUICE_API_KEY: keys.read } })).code).toBe(0);
    const files = { 'key.txt': `${keys.read}\n` };
    expect((await sluice(url, ['status', '--api-key-file', 'key.txt'], { files })).code).toBe(0);
  });

  it('is asked for with advice when it is missing or does not suffice', async () => {
    const url = await startApi({ keys: ring });
    const none = await sluice(url, ['status']);
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining('SLUICE_API_KEY') });
    const lesser = await sluice(url, ['rebind'], { env: { SLUICE_API_KEY: keys.operate } });
    expect(lesser).toMatchObject({ code: 1, err: expect.stringContaining('scope admin') });
  });

  it('is never shown, nor sent when it cannot be one', async () => {
    const url = await startApi({ keys: ring });
    const broken = await sluice(url, ['status'], { env: { SLUICE_API_KEY: 'two\nlines-canary' } });
    expect(broken).toMatchObject({ code: 2, err: expect.not.stringContaining('canary') });
    const wrong = await sluice(url, ['status'], { env: { SLUICE_API_KEY: 'canary' } });
    expect(wrong).toMatchObject({ code: 1, err: expect.not.stringContaining('canary') });
  });
});
