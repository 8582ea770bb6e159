import type { KeyRing } from '../../../src/keys/key-ring';
import { keyId, makeKey, matches, stateOf, type StoredKey } from '../../../src/keys/key';
import { includes, SCOPES, type Scope } from '../../../src/keys/scope';

/** One key of each scope, named `KEY-SCOPE`, and one that has ended of each way. */
export function createTestKeys() {
  const now = new Date();
  const make = (scope: Scope, changes: Partial<StoredKey> = {}) => {
    const { key, stored } = makeKey({ name: `key-${scope}`, scope }, now);
    return { key, stored: { ...stored, ...changes } };
  };
  const past = '2026-01-01T00:00:00.000Z';
  const made = {
    ...(Object.fromEntries(SCOPES.map((scope) => [scope, make(scope)])) as Record<Scope, ReturnType<typeof make>>),
    expired: make('admin', { expires_at: past }),
    revoked: make('admin', { revoked_at: past }),
  };
  const ring: KeyRing = {
    find: async (presented) => {
      const found = Object.values(made).find(({ stored }) => stored.id === keyId(presented))?.stored;
      if (!found || !matches(presented, found)) return { state: 'unknown' };
      return { state: stateOf(found, Date.now()), key: found };
    },
    holds: async (id, scope) => {
      const found = Object.values(made).find(({ stored }) => stored.id === id)?.stored;
      return found !== undefined && stateOf(found, Date.now()) === 'valid' && includes(found.scope, scope);
    },
  };
  const keys = Object.fromEntries(Object.entries(made).map(([name, { key }]) => [name, key]));
  return { ring, keys: keys as Record<keyof typeof made, string>, made };
}
