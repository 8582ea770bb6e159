import type { Dice } from './dice';
import type { Fault, FaultKind, HttpFault, Link, LinkFault, ServerName } from './faults';

/** Times in ms; each range is drawn from, both ends included. */
const FREEZE_MS = [8000, 15_000] as const;
const DOWN_MS = [500, 6000] as const;
const LINK_MS = [2000, 9000] as const;
/** What a process needs after a kill or a restart until it serves again, about, on a busy machine. */
const START_MS: Record<ServerName | 'worker', number> = {
  worker: 5000,
  kafka: 8000,
  elasticsearch: 20_000,
  temporal: 5000,
};

/** A fault of a kind, how long it holds, and about how long its target needs after it. */
export function drawFault(
  kind: FaultKind,
  dice: Dice,
  workers: number,
): { fault: Fault; lasts: number; recoversMs: number } {
  const worker = dice.whole(0, workers - 1);
  const lasts = dice.whole(...LINK_MS);
  const [action = '', target = ''] = kind.split(' ');
  switch (action) {
    case 'kill':
    case 'restart':
    case 'freeze': {
      const process = target as ServerName | 'worker';
      const fault: Fault =
        process === 'worker' ? { on: 'worker', action, worker } : { on: 'server', server: process, action };
      if (action === 'freeze') return { fault, lasts: dice.whole(...FREEZE_MS), recoversMs: 1000 };
      return { fault, lasts: action === 'kill' ? dice.whole(...DOWN_MS) : 0, recoversMs: START_MS[process] };
    }
    case 'delete':
      return { fault: { on: 'database' }, lasts: dice.whole(...DOWN_MS), recoversMs: START_MS.temporal };
    case 'answer':
    case 'refuse':
      return { fault: { on: 'http', worker, fault: drawHttpFault(kind, dice) }, lasts, recoversMs: 0 };
    default:
      return {
        fault: { on: 'link', link: target as Link, worker, fault: drawLinkFault(action, dice) },
        lasts,
        recoversMs: 0,
      };
  }
}

function drawHttpFault(kind: FaultKind, dice: Dice): HttpFault {
  if (kind === 'refuse items') return { action: 'refuse_items', share: dice.pick([0.1, 0.5, 0.9]) };
  return { action: 'answer', status: Number(kind.split(' ')[1]) as (HttpFault & { action: 'answer' })['status'] };
}

function drawLinkFault(action: string, dice: Dice): LinkFault {
  switch (action as LinkFault['action']) {
    case 'delay':
      return { action: 'delay', ms: dice.whole(50, 500) };
    case 'throttle':
      return { action: 'throttle', bytesPerSecond: dice.pick([2000, 20_000, 100_000]) };
    case 'reset':
      return { action: 'reset' };
    case 'black_hole':
      return { action: 'black_hole', holds: dice.pick(['both', 'responses']) };
    case 'drop_response':
      return { action: 'drop_response' };
  }
}
