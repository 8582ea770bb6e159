import { stat } from 'node:fs/promises';
import { readKeys } from './key-file';
import { includes, type Scope } from './scope';
import { keyId, matches, stateOf, type KeyState, type StoredKey } from './key';

/** What a presented key turned out to be. */
export type Found = { state: KeyState; key: StoredKey } | { state: 'unknown' };

/** The keys that the API takes, kept as the file has them. */
export interface KeyRing {
  find(presented: string): Promise<Found>;
  /** Whether the key of this id is in force, with this scope or a wider one. */
  holds(id: string, scope: Scope): Promise<boolean>;
}

/** How long a change of the file may go unseen. */
const LOOK_EVERY_MS = 1000;

interface Options {
  /** Told when a changed file cannot be used: the keys known before stay in force, less those that expire. */
  onBadFile: (error: Error) => void;
  now?: () => number;
}

/**
 * Reads the keys file, and reads it again within a second of a change when a key is presented or asked for.
 *
 * @throws KeyFileError when the file cannot be used to begin with
 */
export async function openKeyRing(path: string, { onBadFile, now = Date.now }: Options): Promise<KeyRing> {
  let version = await versionOf(path);
  let keys = byId(await readKeys(path));
  let lookedAt = now();
  let looking: Promise<void> | undefined;

  const look = async () => {
    lookedAt = now();
    const found = await versionOf(path);
    if (found === version) return;
    version = found;
    await readKeys(path).then((read) => (keys = byId(read)), onBadFile);
  };
  const refresh = async () => {
    if (Math.abs(now() - lookedAt) >= LOOK_EVERY_MS) looking ??= look().finally(() => (looking = undefined));
    await looking;
  };
  return {
    async find(presented) {
      await refresh();
      const key = keys.get(keyId(presented) ?? '');
      if (!key || !matches(presented, key)) return { state: 'unknown' };
      return { state: stateOf(key, now()), key };
    },
    async holds(id, scope) {
      await refresh();
      const key = keys.get(id);
      return key !== undefined && stateOf(key, now()) === 'valid' && includes(key.scope, scope);
    },
  };
}

function byId(keys: StoredKey[]): Map<string, StoredKey> {
  return new Map(keys.map((key) => [key.id, key]));
}

/** Another one for every change of the file; `none` while it cannot be looked at. */
async function versionOf(path: string): Promise<string> {
  return stat(path, { bigint: true }).then(
    ({ ino, mtimeNs, ctimeNs, size }) => [ino, mtimeNs, ctimeNs, size].join(),
    () => 'none',
  );
}
