import type { PipelineErrorCode } from '../domain/errors';
import type { ReadMessage } from './message-types';
import type { PipelineState } from './pipeline-state';
import { MessageError } from './read-message';

/** Which halt a message decides. */
const DECIDES: Partial<Record<ReadMessage['name'], PipelineErrorCode>> = {
  'accept-gap': 'offset_out_of_range',
  rebind: 'topic_recreated',
};

/** @throws MessageError for a decision about something that has not happened to this partition */
export function checkMessage(state: PipelineState, { name }: ReadMessage): void {
  const reason = DECIDES[name];
  if (reason === undefined || state.failure?.code === reason) return;
  const now = state.failure ? `halted with ${state.failure.code}` : state.status;
  throw new MessageError(
    'not_halted',
    `${name} is for a partition halted with ${reason}; ${state.partition} is ${now}`,
  );
}
