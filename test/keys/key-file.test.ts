import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changeKeys, readKeys } from '../../src/keys/key-file';
import { makeKey, type StoredKey } from '../../src/keys/key';
import { openKeyRing } from '../../src/keys/key-ring';

const folder = mkdtempSync(join(tmpdir(), 'sluice-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newPath = () => join(folder, `keys-${(files += 1)}.json`);

const add = (path: string, scope: StoredKey['scope'] = 'read', changes: Partial<StoredKey> = {}) =>
  changeKeys(path, (keys) => {
    const made = makeKey({ name: 'ann', scope }, new Date());
    return [[...keys, { ...made.stored, ...changes }], made];
  });

describe('changeKeys', () => {
  it('makes the file, for its owner alone, and leaves nothing beside it', async () => {
    const path = newPath();
    const { stored } = await add(path);
    expect(await readKeys(path)).toEqual([stored]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.startsWith(path.slice(folder.length + 1)))).toHaveLength(1);
  });

  it('loses no change of several at once', async () => {
    const path = newPath();
    await Promise.all(Array.from({ length: 5 }, () => add(path)));
    expect(await readKeys(path)).toHaveLength(5);
  });

  it('leaves the file and no rest when the change fails', async () => {
    const path = newPath();
    await add(path);
    const before = readFileSync(path, 'utf8');
    const failed = changeKeys(path, () => {
      throw new Error('no such key');
    });
    await expect(failed).rejects.toThrow('no such key');
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(await add(path)).toBeDefined();
  });

  it('does not touch a file that is no keys file, and says which it is', async () => {
    const path = newPath();
    writeFileSync(path, 'SECRET=1\n');
    await expect(add(path)).rejects.toThrow(`the keys file ${path} is not JSON`);
    expect(readFileSync(path, 'utf8')).toBe('SECRET=1\n');
  });

  it('gives up on a lock that stays, and names it', async () => {
    const path = newPath();
    writeFileSync(`${path}.lock`, '');
    await expect(add(path)).rejects.toThrow(`if none is running, remove ${path}.lock`);
  });

  it('says why it cannot write', async () => {
    await expect(add(join(folder, 'nowhere', 'keys.json'))).rejects.toThrow(/cannot be written: ENOENT/);
  });
});

describe('readKeys', () => {
  it.each([
    ['{"version":2,"keys":[]}', 'version'],
    ['{"version":1,"keys":[{}]}', 'keys.0.id'],
    ['[]', 'it'],
  ])('refuses %s and names the place', async (text, place) => {
    const path = newPath();
    writeFileSync(path, text);
    await expect(readKeys(path)).rejects.toThrow(`is not as \`sluice keys\` writes it: ${place}:`);
  });
});

describe('openKeyRing', () => {
  async function open(path: string) {
    const clock = { ms: Date.now() };
    const bad: string[] = [];
    const ring = await openKeyRing(path, { onBadFile: ({ message }) => void bad.push(message), now: () => clock.ms });
    return { ring, clock, bad };
  }

  it('refuses to begin without a file', async () => {
    await expect(open(newPath())).rejects.toThrow(/cannot be read: ENOENT/);
  });

  it('knows keys, and says of each what it is', async () => {
    const path = newPath();
    const good = await add(path);
    const old = await add(path, 'read', { expires_at: '2026-01-01T00:00:00.000Z' });
    const gone = await add(path, 'read', { revoked_at: '2026-01-01T00:00:00.000Z' });
    const { ring } = await open(path);
    expect(await ring.find(good.key)).toEqual({ state: 'valid', key: good.stored });
    expect(await ring.find(old.key)).toMatchObject({ state: 'expired' });
    expect(await ring.find(gone.key)).toMatchObject({ state: 'revoked' });
    expect(await ring.find(makeKey({ name: 'eve', scope: 'admin' }, new Date()).key)).toEqual({ state: 'unknown' });
    expect(await ring.find(good.key.replace(/.{20}$/, 'x'.repeat(20)))).toEqual({ state: 'unknown' });
  });

  it('says by id whether a key is in force still, and wide enough', async () => {
    const path = newPath();
    const good = await add(path);
    const old = await add(path, 'read', { expires_at: '2026-01-01T00:00:00.000Z' });
    const { ring, clock } = await open(path);
    const ask = () =>
      Promise.all((['monitor', 'read', 'operate'] as const).map((one) => ring.holds(good.stored.id, one)));
    expect(await ask()).toEqual([true, true, false]);
    expect(await ring.holds(old.stored.id, 'read')).toBe(false);
    expect(await ring.holds('000000000000', 'monitor')).toBe(false);
    await changeKeys(path, (keys) => [
      keys.map((key) => ({ ...key, revoked_at: new Date().toISOString() })),
      undefined,
    ]);
    clock.ms += 1000;
    expect(await ask()).toEqual([false, false, false]);
  });

  it('takes up a change of the file a second later, for all who ask then', async () => {
    const path = newPath();
    await add(path);
    const { ring, clock } = await open(path);
    const { key } = await add(path);
    expect((await ring.find(key)).state).toBe('unknown');
    clock.ms += 1000;
    expect((await Promise.all([ring.find(key), ring.find(key)])).map(({ state }) => state)).toEqual(['valid', 'valid']);
  });

  it.each([
    ['broken', (path: string) => writeFileSync(path, '{'), 'is not JSON'],
    ['gone', (path: string) => unlinkSync(path), 'ENOENT'],
  ])('keeps the keys that it knows while the file is %s, says so once, and expires them', async (_, harm, told) => {
    const path = newPath();
    const { key } = await add(path, 'read', { expires_at: new Date(Date.now() + 60_000).toISOString() });
    const { ring, clock, bad } = await open(path);
    harm(path);
    clock.ms += 1000;
    expect((await ring.find(key)).state).toBe('valid');
    clock.ms += 1000;
    expect((await ring.find(key)).state).toBe('valid');
    expect(bad).toEqual([expect.stringContaining(told)]);
    clock.ms += 60_000;
    expect((await ring.find(key)).state).toBe('expired');
  });
});
