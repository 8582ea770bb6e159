import { refusedParts, rejectParts } from '../../domain/message-parts';
import type { DecodeRecord } from '../../activities/ports';
import type { DecodeVerdict } from './ports';

/** What a decoded record comes to as a whole: one refused log record of several refuses it. */
export function verdictOf(decoded: ReturnType<DecodeRecord>): DecodeVerdict {
  if (decoded.kind === 'rejected') return decoded;
  if (decoded.kind !== 'several') return { kind: decoded.kind };
  const refused = refusedParts(decoded.parts);
  const parts = decoded.parts.length;
  if (refused.length === 0) return { kind: 'record', parts };
  return { kind: 'rejected', rejection: rejectParts(parts, refused) };
}
