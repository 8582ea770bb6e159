import type { RedactionRule } from '../../src/redaction/rules';

/** A secret of each rule as it stands in a text, with the part that must be nowhere. Letters and digits say that it is ours. */
export interface Canary {
  rule: RedactionRule;
  text: string;
  secret: string;
}

/** Canaries of the rules of people, which are asked for by name. */
export function peopleCanaries(mark: string): Canary[] {
  const mail = `Zq7${mark}Xw9@example.com`;
  return [
    { rule: 'email', text: `mail to ${mail} now`, secret: mail },
    { rule: 'ip', text: 'from 203.0.113.77 today', secret: '203.0.113.77' },
    { rule: 'ip', text: 'from 2001:db8::7:77 today', secret: '2001:db8::7:77' },
  ];
}

/** Canaries that only one test has, by a mark of letters and digits. */
export function canaries(mark: string): Canary[] {
  const token = `Zq7${mark}Xw9`;
  const pair = Buffer.from(`user:${token}`).toString('base64').replace(/=+$/, '');
  return [
    { rule: 'pem', text: `-----BEGIN RSA PRIVATE KEY-----\nMII${token}\n-----END RSA PRIVATE KEY-----`, secret: token },
    { rule: 'jwt', text: `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${token}`, secret: token },
    { rule: 'vendor_key', text: `ghp_${token}${'a1'.repeat(12)}`, secret: token },
    { rule: 'vendor_key', text: `sk_live_${token}abcdef`, secret: token },
    { rule: 'vendor_key', text: `xoxb-123456789012-${token}`, secret: token },
    { rule: 'vendor_key', text: `npm_${token}${'b2'.repeat(14)}`, secret: token },
    { rule: 'vendor_key', text: `AIza${token}${'c3'.repeat(14)}`, secret: token },
    { rule: 'bearer', text: `called with Bearer ${token}.v1`, secret: token },
    { rule: 'basic', text: `sent Basic ${pair} again`, secret: pair },
    { rule: 'url_login', text: `postgres://app:${token}@db:5432/x`, secret: token },
    { rule: 'field', text: `login with password=${token} failed`, secret: token },
    { rule: 'field', text: `Cookie: theme=dark; sid=${token}`, secret: token },
    { rule: 'card', text: `paid with 4111 1111 1111 1111 today`, secret: '4111 1111 1111 1111' },
    { rule: 'card', text: `paid with 5500005555555559.`, secret: '5500005555555559' },
  ];
}
