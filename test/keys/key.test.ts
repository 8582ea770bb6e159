import { keyId, makeKey, matches, stateOf } from '../../src/keys/key';
import { includes, SCOPES } from '../../src/keys/scope';

const now = new Date('2026-11-28T12:00:00Z');
const make = () => makeKey({ name: 'ann', scope: 'read' }, now);

describe('makeKey', () => {
  it('gives a key that matches what is stored, and no other one does', () => {
    const { key, stored } = make();
    expect(keyId(key)).toBe(stored.id);
    expect(matches(key, stored)).toBe(true);
    expect(matches(make().key, stored)).toBe(false);
    expect(matches(`${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`, stored)).toBe(false);
  });

  it('stores nothing that the key could be read from', () => {
    const { key, stored } = make();
    const secret = key.slice(`sluice_${stored.id}_`.length);
    expect(secret).toHaveLength(43);
    expect(JSON.stringify(stored)).not.toContain(secret);
  });
});

describe('keyId', () => {
  it.each(['', 'sluice_', 'sluice_0123456789ab_short', `${make().key}x`, make().key.toUpperCase(), 'x'.repeat(10_000)])(
    'knows that %.30s is none',
    (text) => {
      expect(keyId(text)).toBeUndefined();
    },
  );
});

describe('stateOf', () => {
  const { stored } = make();
  it.each([
    ['valid', {}],
    ['valid', { expires_at: '2026-11-28T12:00:00.001Z' }],
    ['expired', { expires_at: '2026-11-28T12:00:00.000Z' }],
    ['revoked', { revoked_at: '2026-11-29T12:00:00.000Z' }],
    ['revoked', { revoked_at: '2026-11-28T11:00:00.000Z', expires_at: '2026-11-28T11:00:00.000Z' }],
  ])('is %s with %p', (state, changes) => {
    expect(stateOf({ ...stored, ...changes }, now.getTime())).toBe(state);
  });
});

describe('includes', () => {
  it('lets each scope do what it and those before it may', () => {
    const table = SCOPES.map((held) => SCOPES.filter((wanted) => includes(held, wanted)));
    expect(table).toEqual([
      ['monitor'],
      ['monitor', 'read'],
      ['monitor', 'read', 'operate'],
      ['monitor', 'read', 'operate', 'admin'],
    ]);
  });
});
