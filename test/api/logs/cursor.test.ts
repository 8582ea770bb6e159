import fc from 'fast-check';
import { createCursors, searchDigest, type CursorState } from '../../../src/api/logs/cursor';

const state: CursorState = {
  now: 1_795_521_600_000,
  digest: 'abcdefgh',
  position: { view: '16LBBAYMcC0yMDI2LjExLjAzAA==', after: [1_795_521_600_000, 2, 4711, 1, 17_179_869_223], total: 12 },
};
const cursors = createCursors(['a key of some length']);

describe('a cursor', () => {
  it('comes back as it was written, with a view or without', () => {
    expect(cursors.read(cursors.write(state))).toEqual(state);
    const viewless = { ...state, position: { ...state.position, view: undefined } };
    expect(cursors.read(cursors.write(viewless))).toEqual(viewless);
  });

  it('keeps the name of a view whatever its length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), (bytes) => {
        // As Elasticsearch writes it: padded.
        const view = Buffer.from(bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
        expect(cursors.read(cursors.write({ ...state, position: { ...state.position, view } }))?.position.view).toBe(
          view,
        );
      }),
    );
  });

  it('fits into an address with a view of 250 shards', () => {
    const shard = () =>
      `logs-2026.11.24${Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url')}`;
    const node = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');
    const names = Array.from({ length: 250 }, () => shard() + node).join('');
    const view = Buffer.from(names).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
    expect(cursors.write({ ...state, position: { ...state.position, view } }).length).toBeLessThan(7500);
  });

  it('is refused when it was changed or made with another key', () => {
    const text = cursors.write(state);
    expect(createCursors(['another key']).read(text)).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'AZaz09-_=!'), (at, character) => {
        fc.pre(text[at] !== character);
        expect(cursors.read(text.slice(0, at) + character + text.slice(at + 1))).toBeUndefined();
        expect(cursors.read(text.slice(0, at))).toBeUndefined();
      }),
    );
    fc.assert(fc.property(fc.string(), (noise) => expect(cursors.read(noise)).toBeUndefined()));
  });
});

it('a cursor of a key that was replaced is taken as long as the key is kept', () => {
  const text = cursors.write(state);
  const rotated = createCursors(['a new key', 'a key of some length']);
  expect(rotated.read(text)).toEqual(state);
  expect(createCursors(['a new key']).read(rotated.write(state))).toEqual(state);
  expect(createCursors(['a new key']).read(text)).toBeUndefined();
});

describe('the digest of a search', () => {
  it('tells filters, times, order and kind apart', () => {
    const filter = { where: { kind: 'words', text: 'a' } } as const;
    const digests = [
      searchDigest('logs', filter, undefined),
      searchDigest('anomalies', filter, undefined),
      searchDigest('logs', { ...filter, fromMs: 1 }, undefined),
      searchDigest('logs', { ...filter, toMs: 1 }, undefined),
      searchDigest('logs', { where: { kind: 'words', text: 'b' } }, undefined),
      searchDigest('logs', filter, { by: 'time', descending: false }),
    ];
    expect(new Set(digests).size).toBe(digests.length);
    expect(searchDigest('logs', { ...filter }, undefined)).toBe(digests[0]);
  });
});
