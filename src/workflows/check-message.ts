import type { PipelineErrorCode } from '../domain/errors';
import type { ReadMessage } from './message-types';
import type { PipelineState } from './pipeline-state';
import { MessageError } from './read-message';

/** Which halts a message decides. */
const DECIDES: Partial<Record<ReadMessage['name'], readonly PipelineErrorCode[]>> = {
  'accept-gap': ['offset_out_of_range', 'batch_unreadable'],
  rebind: ['topic_recreated'],
};

/** @throws MessageError for a decision about something that has not happened to this partition */
export function checkMessage(state: PipelineState, { name }: ReadMessage): void {
  const reasons = DECIDES[name];
  const { failure, partition } = state;
  if (reasons === undefined) return;
  if (!reasons.some((reason) => failure?.code === reason)) {
    const now = failure ? `halted with ${failure.code}` : state.status;
    throw new MessageError(
      'not_halted',
      `${name} is for a partition halted with ${reasons.join(' or ')}; ${partition} is ${now}`,
    );
  }
  if (failure?.code !== 'batch_unreadable' || failure.gap) return;
  throw new MessageError(
    'not_halted',
    `where the record batch ends that ${partition} cannot read is not known: delete up to its end with kafka-delete-records, and resume`,
  );
}
