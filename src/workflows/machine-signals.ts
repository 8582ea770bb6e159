import type { AskedAnswer, Orders, StandBy, Waiting, WorkerSettings } from './contract';

/**
 * Anybody can signal a workflow anything. What workers and workflows tell each other is trusted to be right, but one
 * that was typed by hand must not stop a workflow.
 */
type Fields = Record<string, unknown>;

export function isWorkerSettings(value: unknown): value is WorkerSettings {
  if (!isObject(value) || !isObject(value['batch'])) return false;
  const { maxRecords, maxBytes, lingerMs } = value['batch'];
  const numbers = [maxRecords, maxBytes, lingerMs, value['window'], value['continueAsNewBatches']];
  return [...numbers, value['commitIntervalMs']].every(isCount) && typeof value['rulesHash'] === 'string';
}

export function isOrders(value: unknown): value is Orders {
  if (!isObject(value) || !isObject(value['epoch'])) return false;
  const { epoch, revision, settings } = value;
  return isCount(revision) && isCount(epoch['number']) && isWorkerSettings(settings);
}

export function isWaiting(value: unknown): value is Waiting {
  return (
    isObject(value) && ['step', 'from', 'code', 'message', 'since'].every((name) => typeof value[name] === 'string')
  );
}

export function isStandBy(value: unknown): value is StandBy {
  if (!isObject(value) || typeof value['requestId'] !== 'string') return false;
  return ['reason', 'actor'].every((name) => ['string', 'undefined'].includes(typeof value[name]));
}

export function isAskedAnswer(value: unknown): value is AskedAnswer {
  return (
    isObject(value) &&
    isCount(value['partition']) &&
    typeof value['ask'] === 'string' &&
    typeof value['status'] === 'string'
  );
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
