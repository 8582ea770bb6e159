import { createHmac } from 'node:crypto';
import { REDACTION_RULES, type RedactionRule, type RedactionSettings } from './rules';

/** Digits of a keyed hash: 64 bits. */
const HASH_DIGITS = 16;
const NAMES = REDACTION_RULES.join('|');
const REPLACEMENT = new RegExp(`\\[(?:redacted:(?:${NAMES})|(?:${NAMES}):[0-9a-f]{${HASH_DIGITS}})\\]`, 'y');

/** What stands in a secret's place. */
export type Replace = (rule: RedactionRule, secret: string) => string;

/**
 * `[redacted:card]`; with a key `[card:3f9ac2d41b7e0856]`, the start of an HMAC-SHA256 of the secret, so that the same
 * secret looks the same wherever it was, and nobody without the key can try guesses.
 */
export function createReplace({ key }: RedactionSettings): Replace {
  if (key === undefined) return (rule) => `[redacted:${rule}]`;
  return (rule, secret) => `[${rule}:${keyedHash(key, normalForm(rule, secret))}]`;
}

/** Length of the replacement that stands at `at`; 0 where none does. */
export function replacementAt(text: string, at: number): number {
  REPLACEMENT.lastIndex = at;
  return REPLACEMENT.exec(text)?.[0].length ?? 0;
}

export function keyedHash(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex').slice(0, HASH_DIGITS);
}

/** One spelling for what is the same. */
function normalForm(rule: RedactionRule, secret: string): string {
  if (rule === 'card') return secret.replace(/[ -]/g, '');
  return rule === 'email' || rule === 'ip' ? secret.toLowerCase() : secret;
}
