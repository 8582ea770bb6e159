import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { LogFilter, LogSort, Position } from './ports';

/** What a cursor carries to the next page. */
export interface CursorState {
  /** What relative times of the first page counted from, milliseconds since the epoch. */
  now: number;
  /** Of what was searched for, see {@link searchDigest}. */
  digest: string;
  position: Position;
}

const SIGNATURE_BYTES = 16;
/** Before what is not packed. Nothing that is begins so: it would be a block of the type that RFC 1951 (3.2.3) leaves unused. */
const PLAIN = 0xff;
const MAX_UNPACKED = 64 * 1024;

/** Cursors that only our keys make: a client can neither look into other views nor go on from where it likes. */
export interface Cursors {
  write(state: CursorState): string;
  /** @returns undefined for what is no cursor of ours, or is not whole */
  read(text: string): CursorState | undefined;
}

/** @param keys the first signs, and what any of them signed is taken */
export function createCursors(keys: readonly (string | Buffer)[]): Cursors {
  const sign = (packed: Buffer, key: string | Buffer) =>
    createHmac('sha256', key).update(packed).digest().subarray(0, SIGNATURE_BYTES);
  return {
    write({ now, digest, position: { view, after, total } }) {
      const packed = pack(JSON.stringify([now, digest, after, total]), view);
      return Buffer.concat([sign(packed, keys[0]!), packed]).toString('base64url');
    },
    read(text) {
      const bytes = Buffer.from(text, 'base64url');
      const packed = bytes.subarray(SIGNATURE_BYTES);
      if (packed.length === 0 || bytes.toString('base64url') !== text) return undefined;
      const signature = bytes.subarray(0, SIGNATURE_BYTES);
      if (!keys.some((key) => timingSafeEqual(signature, sign(packed, key)))) return undefined;
      const { json, view } = unpack(packed);
      const [now, digest, after, total] = JSON.parse(json) as [number, string, Position['after'], number];
      return { now, digest, position: { view, after, total } };
    },
  };
}

/**
 * The name of a view is base64 of what repeats itself a lot: as bytes it packs to a sixth, which an address has room
 * for. Without one there is nothing to pack: that is most of the cursors, and packing was a twentieth of a search.
 */
function pack(json: string, view: string | undefined): Buffer {
  if (view === undefined) return Buffer.concat([Buffer.from([PLAIN]), Buffer.from(json)]);
  return deflateRawSync(Buffer.concat([Buffer.from(`${json}\n`), Buffer.from(view, 'base64url')]));
}

function unpack(packed: Buffer): { json: string; view: string | undefined } {
  if (packed[0] === PLAIN) return { json: packed.toString('utf8', 1), view: undefined };
  const bytes = inflateRawSync(packed, { maxOutputLength: MAX_UNPACKED });
  const end = bytes.indexOf('\n');
  const name = bytes.subarray(end + 1).toString('base64url');
  // Elasticsearch pads the names that it gives and takes.
  const view = name === '' ? undefined : name.padEnd(Math.ceil(name.length / 4) * 4, '=');
  return { json: bytes.subarray(0, end).toString('utf8'), view };
}

/** Of the order that logs have: a cursor of another one does not belong to any search. */
const ORDER = 2;

/** Tells searches apart; the same filters in the same order have the same one. */
export function searchDigest(kind: string, filter: LogFilter, sort: LogSort | undefined): string {
  const { where, fromMs = null, toMs = null } = filter;
  const text = JSON.stringify([ORDER, kind, where, fromMs, toMs, sort ?? null]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}
