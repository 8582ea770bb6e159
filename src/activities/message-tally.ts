import { rejectParts } from '../domain/message-parts';
import type { PartRejection, Rejection } from '../domain/record';
import type { BulkOutcome, BulkPart } from './ports';
import type { PreparedBatch } from './prepare-batch';

/** Messages, by position, of which every document has been answered for. */
export interface Answered {
  /** At least one of its documents was written now. */
  indexed: number[];
  /** All of its documents were there already. */
  duplicate: number[];
  rejected: PreparedBatch['rejected'];
}

interface OpenMessage {
  of: number;
  /** Documents without an answer. */
  left: number;
  indexed: boolean;
  refused: PartRejection[];
}

/**
 * Puts the answers to documents together to those of messages: one that holds several log records is judged when the last
 * of its documents has its answer, in whatever request. It is of one attempt: the next one sends all of a message again.
 */
export class MessageTally {
  readonly #several: Map<number, OpenMessage>;

  constructor(several: PreparedBatch['several']) {
    this.#several = new Map(
      several.map(({ position, of, refused }) => {
        return [position, { of, left: of - refused.length, indexed: false, refused: [...refused] }];
      }),
    );
  }

  /** Log records that the message holds. */
  partsOf(position: number): number {
    return this.#several.get(position)?.of ?? 1;
  }

  /** @param positions of the part's items, as the outcome's items are numbered */
  take(
    part: BulkPart,
    positions: number[],
    outcome: Pick<BulkOutcome, 'indexed' | 'duplicate' | 'rejected'>,
  ): Answered {
    const refused = outcome.rejected.map(({ item, type, detail }) => {
      return { item, rejection: { code: 'mapping_rejected' as const, field: '', detail: `${type}: ${detail}` } };
    });
    return this.#answer(part, positions, { ...outcome, refused });
  }

  /** The same for one item that is refused for another reason. */
  refuse(part: BulkPart, positions: number[], item: number, rejection: Rejection): Answered {
    return this.#answer(part, positions, { indexed: [], duplicate: [], refused: [{ item, rejection }] });
  }

  #answer(
    part: BulkPart,
    positions: number[],
    outcome: { indexed: number[]; duplicate: number[]; refused: { item: number; rejection: Rejection }[] },
  ): Answered {
    const answered: Answered = { indexed: [], duplicate: [], rejected: [] };
    for (const fate of ['indexed', 'duplicate'] as const) {
      for (const item of outcome[fate]) {
        const position = positions[item]!;
        const message = this.#several.get(position);
        if (!message) answered[fate].push(position);
        else {
          message.indexed ||= fate === 'indexed';
          this.#close(position, message, answered);
        }
      }
    }
    for (const { item, rejection } of outcome.refused) {
      const position = positions[item]!;
      const message = this.#several.get(position);
      if (!message) answered.rejected.push({ position, rejection });
      else {
        message.refused.push({ ...rejection, part: part.places[item]! });
        this.#close(position, message, answered);
      }
    }
    return answered;
  }

  #close(position: number, message: OpenMessage, answered: Answered): void {
    message.left -= 1;
    if (message.left > 0) return;
    const { of, refused, indexed } = message;
    refused.sort((a, b) => a.part - b.part);
    if (refused.length > 0) answered.rejected.push({ position, rejection: rejectParts(of, refused) });
    else answered[indexed ? 'indexed' : 'duplicate'].push(position);
  }
}
