import { Context } from '@temporalio/activity';
import type { Logger } from '../logger';
import { isolateBatch } from './isolate-batch';
import { deadLetter } from './dead-letter';
import type { IsolatedPreparation } from './isolation-ports';
import type { DeadLetters, LetterIndex } from './ports';
import type { PreparedBatch } from './prepare-batch';
import { demandEpoch } from './pull-batch';
import { obtainRecords, type PrepareDeps, type StepInput } from './score-batch';
import { Settlement, type SettlementState } from './settlement';

export interface IsolateDeps extends PrepareDeps {
  deadLetters: DeadLetters;
  letters: LetterIndex;
  isolation: IsolatedPreparation;
  logger: Logger;
}

/** So many attempts lost their process, and the next one prepares in a child. */
export const LOST_ATTEMPTS = 2;

/** How long the beat that says `preparing` gets to leave before a record may kill the process. */
const ANNOUNCE_MS = 250;

/** Says to the next attempt that this one prepares, and gives the word time to arrive. */
export async function announce(state: SettlementState): Promise<void> {
  Context.current().heartbeat(state);
  await new Promise((resolve) => setTimeout(resolve, ANNOUNCE_MS));
}

/**
 * Prepares a batch that has killed the process before, without ever decoding it here. Records that are settled are left
 * out: what was quarantined by an earlier attempt is among them. So it is not kept in the cache.
 */
export async function prepareIsolated(
  { ref, epoch }: StepInput,
  earlier: SettlementState | undefined,
  deps: IsolateDeps,
  onSettlement: (settlement: Settlement) => void,
): Promise<PreparedBatch> {
  demandEpoch(epoch, deps.rulesHash);
  const { cancellationSignal: signal } = Context.current();
  const records = await obtainRecords(ref, deps);
  const settlement = new Settlement(records.length, earlier, records);
  onSettlement(settlement);
  const { topic, partition, from, to } = ref;
  deps.logger.warn({ topic, partition, from, to }, 'two attempts lost their process: the batch is prepared in a child');
  const pending = records.map((_record, position) => position).filter((position) => !settlement.isSettled(position));
  const ranges = await isolateBatch(
    pending,
    (positions) => deps.isolation.run(ref, epoch.number, records, positions, signal),
    async (position, how) => {
      const detail = `decoding it twice, alone, ended the process: ${how}`;
      const rejected = [{ position, rejection: { code: 'process_killed' as const, field: '', detail } }];
      await deadLetter(rejected, records, settlement, { ref, epoch: epoch.number }, deps, signal);
      const { offset } = records[position]!;
      deps.logger.warn({ topic, partition, offset, how }, 'a record that kills its process is dead-lettered');
    },
  );
  return {
    epoch: epoch.number,
    records,
    parts: ranges.flatMap(({ parts }) => parts),
    positions: ranges.flatMap(({ positions }) => positions),
    rejected: ranges.flatMap(({ rejected }) => rejected),
    several: ranges.flatMap(({ several }) => several),
    filtered: ranges.reduce((sum, { filtered }) => sum + filtered, 0),
    anomalies: ranges.reduce((sum, { anomalies }) => sum + anomalies, 0),
    writers: 1,
  };
}
