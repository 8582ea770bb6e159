import type { DecodeRecord } from '../activities/ports';
import { VERBATIM_TEXT_FROM, type DecodedPart } from '../domain/record';
import type { Redactor } from './redactor';

/**
 * The same decoder, behind the redaction: what it makes of a record, a reason of its refusal and what it takes of headers
 * included, is made of bytes without secrets. It is asked first as it is, since most records have none, and one that is
 * taken verbatim, without an escape, is known to hide nothing behind any.
 */
export function withRedaction(decode: DecodeRecord, redactor: Pick<Redactor, 'suspects' | 'record'>): DecodeRecord {
  return (record) => {
    const decoded = decode(record);
    const { value } = record;
    if (value === null) return decoded;
    // Neither takes anything of key or headers.
    if (decoded.kind === 'record' && (decoded.verbatim || decoded.spliced)) {
      if (!redactor.suspects(value, decoded.verbatim && !decoded.escaped ? VERBATIM_TEXT_FROM : 0)) return decoded;
    }
    const shown = redactor.record(record);
    if (shown === record) return decoded;
    const again = decode(shown);
    const redacted = shown.value === value ? null : shown.value;
    if (redacted === null) return again;
    if (again.kind === 'several') return { ...again, parts: again.parts.map((one) => withBytes(one, redacted)) };
    return again.kind === 'record' ? { ...again, redacted } : again;
  };
}

function withBytes(part: DecodedPart, redacted: Buffer): DecodedPart {
  return part.kind === 'record' ? { ...part, redacted } : part;
}
