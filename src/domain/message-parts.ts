import type { DecodedPart, PartRejection, Rejection } from './record';

/**
 * Log records of one message, at most. OpenTelemetry's SDKs send 512 at a time; each becomes a document of its own, several
 * times larger than the least that a record may be.
 */
export const MAX_PARTS = 5000;

/** Refused parts that the sentence of a rejection names, and characters of each one's own. */
const NAMED = 10;
const NAMED_LENGTH = 150;

/** The rejection of a message of which some log records are refused. */
export function rejectParts(total: number, refused: readonly PartRejection[]): Rejection {
  const named = refused.slice(0, NAMED).map(describe);
  if (refused.length > NAMED) named.push(`and ${refused.length - NAMED} more`);
  return {
    code: 'rejected_parts',
    field: '',
    detail: `${refused.length} of ${total} log records cannot be indexed: ${named.join('; ')}`,
    parts: { total, refused: [...refused] },
  };
}

/** Refused log records that a letter names, and characters of what it says of each. */
const MAX_REFUSED = 50;
const MAX_FIELD = 500;
const MAX_DETAIL = 200;

/** What a letter says of the log records of its message: how many there are, and the first ones that are refused. */
export function shownParts({ parts }: Rejection): { parts?: number; refused?: PartRejection[] } {
  if (!parts) return {};
  const refused = parts.refused.slice(0, MAX_REFUSED).map(({ part, code, field, detail }) => {
    return { part, code, field: field.slice(0, MAX_FIELD), detail: detail.slice(0, MAX_DETAIL) };
  });
  return { parts: parts.total, refused };
}

function describe({ part, code, field, detail }: PartRejection): string {
  return `${part} ${[code, field].filter(Boolean).join(' ')}: ${detail.slice(0, NAMED_LENGTH)}`;
}

/** Those of a message's log records that cannot be indexed. */
export function refusedParts(parts: readonly DecodedPart[]): PartRejection[] {
  return parts.flatMap((one, part) => (one.kind === 'rejected' ? [{ ...one.rejection, part }] : []));
}

/** False only for bytes that are no message with several log records, unless their names hide behind escapes. */
export function mayHoldSeveral(value: Buffer | null): boolean {
  return value !== null && value.includes('resourceLogs');
}
