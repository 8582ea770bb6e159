import {
  ApplicationFailure,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setHandler,
} from '@temporalio/workflow';
import type { MessageLog } from './message-log';
import { MESSAGES, type MessageName, type MessageResult, type ReadMessage } from './message-types';
import { MessageError, readMessage } from './read-message';

/** How one workflow follows messages. */
export interface MessageDesk {
  log: MessageLog;
  names: readonly MessageName[];
  /** @throws MessageError when a message does not fit the state, which must not change here */
  check(message: ReadMessage): void;
  /** Follows a message. */
  follow(message: ReadMessage): void;
  /**
   * The answer of an update, after the message was followed.
   *
   * @param duplicate the message had been followed before and was not again
   * @throws MessageError when nobody could follow it
   */
  answer(message: ReadMessage, duplicate: boolean): Promise<MessageResult['partitions']>;
  /** Called when a message could not be followed; the log knows why. */
  ignored(): void;
  /** Answers a signal that asks for it, when it was followed, had been before, or was `refused`. */
  report?(ask: string, refused?: string): void;
}

/**
 * Takes every message as a signal, of which a bad one is counted and shown, and as an update, of which a bad one is
 * refused before it is in the history. Neither ever fails the workflow task.
 */
export function takeMessages(desk: MessageDesk): void {
  for (const name of desk.names) {
    setHandler(defineSignal<[unknown?]>(name), (argument) => takeSignal(desk, name, argument));
    setHandler(defineUpdate<MessageResult, [unknown]>(name), (argument) => takeUpdate(desk, name, argument), {
      validator: (argument) => asFailure(() => void read(desk, name, argument)),
    });
  }
  // Last: it is given every signal that came before and has no handler.
  setDefaultSignalHandler((name) => {
    desk.log.ignore(name, `there is no such signal; there are ${MESSAGES.join(', ')}`);
    desk.ignored();
  });
}

function takeSignal(desk: MessageDesk, name: MessageName, argument: unknown): void {
  let message: ReadMessage | undefined;
  let refused: string | undefined;
  try {
    message = readMessage(name, argument);
    if (!desk.log.knows(name, message)) desk.check(message);
    if (desk.log.take(name, message)) desk.follow(message);
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    refused = error.message;
    desk.log.ignore(name, refused);
    desk.ignored();
  }
  if (message?.ask !== undefined) desk.report?.(message.ask, refused);
}

async function takeUpdate(desk: MessageDesk, name: MessageName, argument: unknown): Promise<MessageResult> {
  const message = asFailure(() => read(desk, name, argument));
  const { requestId } = message;
  const duplicate = !desk.log.take(name, message);
  if (!duplicate) desk.follow(message);
  try {
    const partitions = await desk.answer(message, duplicate);
    return { ...(requestId === undefined ? {} : { requestId }), duplicate, partitions };
  } catch (error) {
    if (error instanceof MessageError && !duplicate) {
      desk.log.refuse(name, message, error.message);
      desk.ignored();
    }
    throw failureOf(error);
  }
}

/** @throws MessageError when it cannot be read, or does not fit and is no duplicate either */
function read(desk: MessageDesk, name: MessageName, argument: unknown): ReadMessage {
  const message = readMessage(name, argument);
  if (!desk.log.knows(name, message)) desk.check(message);
  return message;
}

function asFailure<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw failureOf(error);
  }
}

/** Any other error than a failure would stop the workflow. */
function failureOf(error: unknown): unknown {
  if (!(error instanceof MessageError)) return error;
  return ApplicationFailure.create({ type: error.code, message: error.message, nonRetryable: true });
}
