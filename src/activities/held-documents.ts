import { rejectParts } from '../domain/message-parts';
import type { Rejection } from '../domain/record';
import type { HeldDocuments } from './ports';

/**
 * What is left of a rejection beside the documents that a message has: written under other rules or by another mapping,
 * none of them is refused any more.
 *
 * @returns undefined when nothing is left: all of the message's documents are there
 */
export function leftOf(rejection: Rejection, held: HeldDocuments | undefined): Rejection | undefined {
  if (!held) return rejection;
  const { of, parts } = held;
  const { code, field, detail } = rejection;
  const all = rejection.parts?.refused ?? Array.from({ length: of }, (_, part) => ({ part, code, field, detail }));
  const refused = all.filter(({ part }) => !parts.has(part));
  return parts.size === of || refused.length === 0 ? undefined : rejectParts(of, refused);
}

/** Documents that a message keeps when it is dead-lettered: those of its good log records. */
export function keptDocuments({ parts }: Rejection): number {
  return parts ? parts.total - parts.refused.length : 0;
}
