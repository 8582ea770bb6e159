import { ApplicationFailure, defineSignal, defineUpdate, setHandler, uuid4 } from '@temporalio/workflow';
import type { OrderReplayInput } from '../activities/order-replay';
import { REPLAY_ORDERS, replayWorkflowId, type ReplayOrdered } from '../domain/replay';
import { replaying } from './activity-options';
import type { MessageLog } from './message-log';
import { MessageError } from './read-message';

type Order = OrderReplayInput['order'];

const MAX_PARTITIONS = 1000;

/** Reads one field; throws what it must be instead. */
const FIELDS: Record<string, (value: unknown) => Partial<Order>> = {
  mode: (value) => ({ mode: oneOf(['repair', 'rescore'] as const, value) }),
  dryRun: (value) => ({ dryRun: must(typeof value === 'boolean', value as boolean, 'true or false') }),
  partition: (value) => ({ partitions: [number(value, 0, 9999)] }),
  partitions: (value) => {
    const sound = Array.isArray(value) && value.length > 0 && value.length <= MAX_PARTITIONS;
    return { partitions: must(sound, value as unknown[], 'a list of partitions').map((one) => number(one, 0, 9999)) };
  },
  from: (value) => ({ from: offset(value) }),
  to: (value) => ({ to: offset(value) }),
  fromTime: (value) => ({ fromMs: time(value) }),
  toTime: (value) => ({ toMs: time(value) }),
  recordsPerSecond: (value) => ({ recordsPerSecond: number(value, 1, 1_000_000) }),
  reason: (value) => ({ reason: text(value, 500) }),
  actor: (value) => ({ actor: text(value, 100) }),
  requestId: (value) => ({
    requestId: must(
      typeof value === 'string' && /^.{1,128}$/s.test(value),
      value as string,
      'text of 1 to 128 characters',
    ),
  }),
};

/**
 * Takes `replay` and `rescore`, each as a signal and as an update: starts a replay of the topic. A bad signal is counted
 * and shown, a bad update refused; neither fails the workflow task.
 */
export function takeReplayMessages(topic: string, log: MessageLog, ignored: () => void): void {
  for (const name of REPLAY_ORDERS) {
    setHandler(defineSignal<[unknown?]>(name), async (argument) => {
      try {
        const order = readOrder(name, argument);
        if (log.take(name, order)) await place(topic, order);
      } catch (error) {
        log.ignore(name, error instanceof MessageError ? error.message : 'the replay could not be ordered');
        ignored();
      }
    });
    setHandler(
      defineUpdate<ReplayOrdered, [unknown]>(name),
      async (argument) => {
        const order = readOrder(name, argument);
        // Ordered again in any case: a request id that was seen names the replay that it made.
        log.take(name, order);
        return place(topic, order);
      },
      {
        validator: (argument) => {
          try {
            readOrder(name, argument);
          } catch (error) {
            throw ApplicationFailure.create({
              type: 'invalid_message',
              message: (error as Error).message,
              nonRetryable: true,
            });
          }
        },
      },
    );
  }
}

async function place(topic: string, order: Order): Promise<ReplayOrdered> {
  const stamp = new Date().toISOString().replace(/\D/g, '');
  const fallback = `${stamp.slice(0, 8)}-${stamp.slice(8, 14)}-${uuid4().slice(0, 6)}`;
  const orderedAt = new Date().toISOString();
  const summary = order.mode;
  const input = { topic, order, fallback, orderedAt };
  const { id, duplicate } = await replaying.orderReplay.executeWithOptions({ summary }, [input]);
  const { requestId } = order;
  return { ...(requestId === undefined ? {} : { requestId }), duplicate, id, workflowId: replayWorkflowId(topic, id) };
}

/** @throws MessageError with every mistake named */
function readOrder(name: (typeof REPLAY_ORDERS)[number], argument: unknown): Order {
  const order: Order = { mode: name === 'rescore' ? 'rescore' : 'repair', dryRun: false, actor: 'temporal' };
  if (argument === undefined || argument === null) return order;
  if (typeof argument !== 'object' || Array.isArray(argument)) {
    throw new MessageError('invalid_message', `${name} takes a JSON object, such as {"from": "5000"}`);
  }
  const mistakes: string[] = [];
  for (const [field, value] of Object.entries(argument)) {
    const read = Object.hasOwn(FIELDS, field) && !(name === 'rescore' && field === 'mode') ? FIELDS[field] : undefined;
    if (!read) mistakes.push(`there are only the fields ${Object.keys(FIELDS).join(', ')}`);
    else if (value !== undefined && value !== null) {
      try {
        Object.assign(order, read(value));
      } catch (error) {
        mistakes.push(`${field} must be ${(error as Error).message}`);
      }
    }
  }
  const { from, to, fromMs, toMs } = order;
  if (from !== undefined && to !== undefined && Number(from) > Number(to)) mistakes.push('from must not lie behind to');
  if (fromMs !== undefined && toMs !== undefined && fromMs > toMs) mistakes.push('fromTime must not be after toTime');
  if (mistakes.length > 0) throw new MessageError('invalid_message', `${name}: ${[...new Set(mistakes)].join('; ')}`);
  return order;
}

function must<T>(sound: boolean, value: T, what: string): T {
  if (!sound) throw new TypeError(what);
  return value;
}

function oneOf<T>(all: readonly T[], value: unknown): T {
  return must(all.includes(value as T), value as T, all.join(' or '));
}

function number(value: unknown, min: number, max: number): number {
  const sound = Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
  return must(sound, value as number, `a whole number from ${min} to ${max}`);
}

function offset(value: unknown): string {
  return must(
    typeof value === 'string' && /^\d{1,16}$/.test(value),
    value as string,
    'an offset as text, such as "5000"',
  );
}

function time(value: unknown): number {
  const at = typeof value === 'string' ? Date.parse(value) : NaN;
  return must(!Number.isNaN(at), at, 'an ISO time, such as "2026-11-24T10:00:00Z"');
}

/** Cut rather than refused, as in every message. */
function text(value: unknown, length: number): string {
  return must(typeof value === 'string', value as string, 'text').slice(0, length);
}
