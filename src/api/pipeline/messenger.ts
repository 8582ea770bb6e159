import { ApplicationFailure, WorkflowNotFoundError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import {
  partitionWorkflowId,
  STAND_BY,
  supervisorWorkflowId,
  TOLD,
  type MessageResult,
  type PartitionAnswer,
  type ReadMessage,
  type StandBy,
} from '../../workflows/contract';
import type { Delivery } from '../ports';
import { within } from '../within';
import { temporalPause } from './temporal-pause';

/** How long the answer of an update may take: then no worker is there, or none that has time. */
const UPDATE_TIMEOUT_MS = 1500;
/** How long a signal may take. */
const SIGNAL_TIMEOUT_MS = 5000;

/** How long it may take to learn why nobody answered. */
const LOOK_TIMEOUT_MS = 1000;
/** Partitions that are told at the same time; the supervisor asks the others. */
const MAX_TOLD = 64;

const REFUSALS = new Set(['invalid_message', 'unknown_partition', 'not_halted']);

type Message = ReadMessage & { requestId: string };

/** One deadline for the server and, should the connection hang, for us. */
export function callUntil<T>(client: Client, deadlineMs: number, call: () => Promise<T>): Promise<T> {
  return within(deadlineMs - Date.now(), client.withDeadline(deadlineMs, call));
}

/**
 * Brings messages to the supervisor. Of a pause it tells the partitions at the same time, so that they stand by at once and
 * not three workflow tasks later.
 */
export class Messenger {
  /** By topic, as its supervisor has named them. */
  readonly #partitions = new Map<string, number[]>();

  constructor(
    private readonly client: Client,
    private readonly supposed: number,
  ) {}

  /** As {@link PipelineWorkflows.send}. */
  async send(topic: string, message: Message): Promise<Delivery> {
    const deadlineMs = Date.now() + UPDATE_TIMEOUT_MS;
    const told = this.#toldOf(topic, message);
    const standing = Promise.all(told.map((partition) => this.#standBy(topic, partition, message, deadlineMs)));
    const taken = await this.#update(topic, message, told, deadlineMs);
    if (taken?.kind !== 'answered') return taken ?? this.#leave(topic, message);
    const partitions = complete(taken.result.partitions, await standing);
    if (message.partition === undefined) this.#remember(topic, partitions);
    return { ...taken, result: { ...taken.result, partitions } };
  }

  /** Which partitions are told by us; the supervisor knows best, and asks those that are not among them. */
  #toldOf(topic: string, { name, partition }: Message): number[] {
    if (name !== 'pause') return [];
    if (partition !== undefined) return [partition];
    const known = this.#partitions.get(topic) ?? Array.from({ length: this.supposed }, (_, one) => one);
    return known.slice(0, MAX_TOLD);
  }

  #remember(topic: string, partitions: PartitionAnswer[]): void {
    this.#partitions.set(
      topic,
      partitions.map((one) => one.partition),
    );
  }

  /** Undefined when no worker answered. */
  async #update(topic: string, message: Message, told: number[], deadlineMs: number): Promise<Delivery | undefined> {
    const { name, ...argument } = message;
    const args: [object] = [told.length > 0 ? { ...argument, told } : argument];
    const handle = this.client.workflow.getHandle(supervisorWorkflowId(topic));
    const update = () => handle.executeUpdate<MessageResult, [object]>(name, { args });
    try {
      return { kind: 'answered', result: await callUntil(this.client, deadlineMs, update) };
    } catch (error) {
      const refusal = refusalOf(error);
      // A supervisor of a version before does not know whom we have told: it asks all.
      if (told.length > 0 && refusal?.kind === 'refused' && refusal.code === 'invalid_message') {
        return this.#update(topic, message, [], deadlineMs);
      }
      return refusal;
    }
  }

  /** Leaves it as a signal, which is there whatever becomes of this process. */
  async #leave(topic: string, { name, ...argument }: Message): Promise<Delivery> {
    const handle = this.client.workflow.getHandle(supervisorWorkflowId(topic));
    try {
      await callUntil(this.client, Date.now() + SIGNAL_TIMEOUT_MS, () => handle.signal(name, argument));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { kind: 'missing' };
      throw error;
    }
    const look = callUntil(this.client, Date.now() + LOOK_TIMEOUT_MS, () => handle.describe());
    const pause = await look.then(temporalPause).catch(() => undefined);
    return { kind: 'left', ...(pause?.of === 'workflow' ? { suspended: true } : {}) };
  }

  async #standBy(topic: string, partition: number, pause: Message, deadlineMs: number): Promise<PartitionAnswer> {
    const { requestId, reason, actor } = pause;
    const handle = this.client.workflow.getHandle(partitionWorkflowId(topic, partition));
    const args: [StandBy] = [{ requestId, reason, actor }];
    const update = () => handle.executeUpdate<PartitionAnswer, [StandBy]>(STAND_BY, { args });
    try {
      return await callUntil(this.client, deadlineMs, update);
    } catch (error) {
      return { partition, status: error instanceof WorkflowNotFoundError ? 'absent' : 'unreachable' };
    }
  }
}

/** The supervisor's answer, with what the partitions that were told have said themselves. */
function complete(partitions: PartitionAnswer[], standing: PartitionAnswer[]): PartitionAnswer[] {
  const said = new Map(standing.map((answer) => [answer.partition, answer]));
  return partitions.map((one) => (one.status === TOLD ? (said.get(one.partition) ?? one) : one));
}

/** What the supervisor itself said; undefined when it did not speak, or is of a version without updates. */
function refusalOf(error: unknown): Delivery | undefined {
  if (error instanceof WorkflowNotFoundError) return { kind: 'missing' };
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || !cause.type || !REFUSALS.has(cause.type)) return undefined;
  return { kind: 'refused', code: cause.type, message: cause.message };
}
