import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Scope } from './scope';

/** A key as the keys file holds it: who it is for and until when, never the key itself. */
export interface StoredKey {
  /** Stands in the key too, so that one hash is compared and log lines can name the key. */
  id: string;
  /** Who acts with it; becomes the actor of operations. */
  name: string;
  scope: Scope;
  /** SHA-256 of the whole key, in hexadecimal. */
  hash: string;
  /** ISO times. */
  created_at: string;
  expires_at?: string | undefined;
  revoked_at?: string | undefined;
}

const ID_BYTES = 6;
const SECRET_BYTES = 32;
/** The prefix lets scanners for leaked secrets find it. */
const KEY = /^sluice_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;

/**
 * Makes a key. Its 256 random bits cannot be guessed, whatever the hash costs: so a fast one is enough, and a flood of
 * wrong keys costs the API next to nothing. A slow hash protects passwords, which people choose.
 */
export function makeKey(of: Pick<StoredKey, 'name' | 'scope' | 'expires_at'>, now: Date) {
  const id = randomBytes(ID_BYTES).toString('hex');
  const key = `sluice_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  const stored: StoredKey = { id, ...of, hash: hash(key).toString('hex'), created_at: now.toISOString() };
  return { key, stored };
}

/** The id of what looks like a key; undefined when it cannot be one. */
export function keyId(key: string): string | undefined {
  return KEY.exec(key)?.[1];
}

/** Whether this is the stored key; takes as long whatever is wrong about it. */
export function matches(key: string, stored: StoredKey): boolean {
  return timingSafeEqual(hash(key), Buffer.from(stored.hash, 'hex'));
}

export type KeyState = 'valid' | 'expired' | 'revoked';

export function stateOf({ expires_at: expiresAt, revoked_at: revokedAt }: StoredKey, nowMs: number): KeyState {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && Date.parse(expiresAt) <= nowMs ? 'expired' : 'valid';
}

function hash(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
