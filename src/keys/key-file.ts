import { randomBytes } from 'node:crypto';
import { chown, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import type { StoredKey } from './key';
import { SCOPES } from './scope';

const isoTime = z.iso.datetime();
const storedKey = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{12}$/),
  name: z.string().regex(/^[A-Za-z0-9][\w.@-]{0,63}$/, 'letters, digits, dot, dash, underscore and @ only, at most 64'),
  scope: z.enum(SCOPES),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  created_at: isoTime,
  expires_at: isoTime.optional(),
  revoked_at: isoTime.optional(),
}) satisfies z.ZodType<StoredKey>;
const keysFile = z.strictObject({
  version: z.literal(1),
  keys: z
    .array(storedKey)
    .max(10_000)
    .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'an id stands there twice'),
});

/** What keys may be called. */
export const keyName = storedKey.shape.name;

/** A keys file that cannot be used; the message names the file and never what stands in it. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

/** @throws KeyFileError when it is missing, unreadable or not a keys file */
export async function readKeys(path: string): Promise<StoredKey[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new KeyFileError(`the keys file ${path} cannot be read: ${error.code ?? error.message}`, { cause: error });
  });
  return parse(text, path);
}

function parse(text: string, path: string): StoredKey[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new KeyFileError(`the keys file ${path} is not JSON`);
  }
  const parsed = keysFile.safeParse(json);
  if (parsed.success) return parsed.data.keys;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') || 'it';
  throw new KeyFileError(
    `the keys file ${path} is not as \`sluice keys\` writes it: ${where}: ${issue?.message ?? ''}`,
  );
}

/**
 * Changes the file under a lock, whole or not at all: readers see the old keys or the new ones. A file that is not there
 * counts as empty. Only its owner can read it, and the owner stays who it was.
 *
 * @throws KeyFileError when it is no keys file, cannot be written, or another command holds the lock
 */
export async function changeKeys<T>(path: string, change: (keys: StoredKey[]) => [StoredKey[], T]): Promise<T> {
  const lock = `${path}.lock`;
  await takeLock(lock);
  const next = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const before = await stat(path).catch(() => undefined);
    const [keys, result] = change(before ? await readKeys(path) : []);
    await writeWhole(next, `${JSON.stringify({ version: 1, keys }, null, 2)}\n`);
    if (before && before.uid !== process.getuid?.()) await chown(next, before.uid, before.gid);
    await rename(next, path);
    return result;
  } catch (error) {
    throw unwritable(path, error);
  } finally {
    await rm(next, { force: true });
    await rm(lock, { force: true });
  }
}

/** A rename is atomic only for what has reached the disk. */
async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

const LOCK_TRIES = 20;
const LOCK_PAUSE_MS = 100;

async function takeLock(lock: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await (await open(lock, 'wx', 0o600)).close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(lock, error);
      if (tries === LOCK_TRIES) {
        throw new KeyFileError(`another command is changing the keys; if none is running, remove ${lock}`);
      }
      await setTimeout(LOCK_PAUSE_MS);
    }
  }
}

function unwritable(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code ? new KeyFileError(`${path} cannot be written: ${code}`, { cause: error }) : error;
}
