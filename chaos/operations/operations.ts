import { setTimeout as sleep } from 'node:timers/promises';
import type { PartitionState } from '../../src/workflows/contract';
import { endsOf, killSoon, reach, reachStates, type Subject } from './subject';
import type { Operation } from './cell';
import { replay, rescore } from './replays';
import { retention } from './retention';
import { ask, give, sluice, temporal, type Order, type Way } from './ways';

/** Offsets by which a stop lies ahead of the end: what is being read when the order comes may lie behind a nearer one. */
const AHEAD = 1500;
/** How long a partition that stands is watched. */
const WATCH_MS = 2500;

/** Gives an order and kills the worker while it is being followed. An answer that the kill cost is no failure. */
async function giveAndKill(subject: Subject, way: Way, name: string, order: Order = {}): Promise<void> {
  const killed = killSoon(subject, way);
  await Promise.all([give(subject, way, name, { ...order, reason: `matrix ${name}`, actor: 'matrix' }), killed]);
}

async function demandStandstill(subject: Subject): Promise<PartitionState[]> {
  const before = await reachStates(subject, 'stands', ({ status }) => status === 'paused');
  await sleep(WATCH_MS);
  const after = await reachStates(subject, 'still stands', ({ status }) => status === 'paused');
  const moved = after.filter(({ ledger }, index) => ledger.next !== before[index]!.ledger.next);
  if (moved.length > 0) throw new Error(`partition ${moved[0]!.partition} went on while it was paused`);
  return after;
}

/** Waits until every partition has gone on from where it stood. */
async function demandProgress(subject: Subject, stood: readonly PartitionState[], only?: number): Promise<void> {
  const place = (partition: number) => Number(stood.find((one) => one.partition === partition)!.ledger.next);
  await reachStates(subject, 'goes on', ({ partition, ledger }) => Number(ledger.next) > place(partition), only);
}

const pause: Operation = {
  name: 'pause',
  run: async (subject, way) => {
    await giveAndKill(subject, way, 'pause');
    await demandStandstill(subject);
    return 'paused, also after the restart';
  },
};

const resume: Operation = {
  name: 'resume',
  run: async (subject, way) => {
    const stood = await reachStates(subject, 'stands before', ({ status }) => status === 'paused');
    await giveAndKill(subject, way, 'resume');
    await demandProgress(subject, stood);
    return 'went on where it stood';
  },
};

const drain: Operation = {
  name: 'drain',
  run: async (subject, way) => {
    const ends = await endsOf(subject);
    await giveAndKill(subject, way, 'drain');
    const stood = await demandStandstill(subject);
    const short = stood.filter(({ partition, ledger }) => Number(ledger.next) < ends[partition]!);
    if (short.length > 0) throw new Error(`partition ${short[0]!.partition} was not drained`);
    await give(subject, way, 'resume');
    await demandProgress(subject, stood);
    return 'all that stood in Kafka had its fate, then paused';
  },
};

const stopAt: Operation = {
  name: 'stop-at',
  run: async (subject, way) => {
    const offset = (await endsOf(subject))[0]! + AHEAD;
    await giveAndKill(subject, way, 'stop-at', { partition: 0, offset: String(offset) });
    const stood = await reachStates(subject, 'stops', ({ status }) => status === 'paused', 0);
    const [state] = stood;
    if (state!.ledger.next !== String(offset)) throw new Error(`stopped at ${state!.ledger.next}, not at ${offset}`);
    await give(subject, way, 'resume', { partition: 0 });
    await demandProgress(subject, stood, 0);
    return 'stopped at the offset exactly';
  },
};

const audit: Operation = {
  name: 'audit',
  run: async (subject, way) => {
    const killed = killSoon(subject, way);
    const [id] = await Promise.all([startAudit(subject, way), killed]);
    const seen = await reach(subject, 'the audit ends', async () => {
      const answer = await ask<Audit>(subject, 'GET', `/pipeline/audits/${id}`);
      return answer.status !== 'running' && answer;
    });
    if (seen.result?.verdict !== 'clean') throw new Error(`the audit ${seen.status}: ${JSON.stringify(seen.result)}`);
    return `clean, ${seen.result.counts.documents} documents`;
  },
};

interface Audit {
  status: string;
  result: { verdict: string; counts: { documents: number } } | null;
}

/** A workflow is started, not signalled: an audit has no workflow before. */
async function startAudit(subject: Subject, way: Way): Promise<string> {
  const { topic, taskQueue } = subject.names;
  if (way === 'REST') return (await ask<{ id: string }>(subject, 'POST', '/pipeline/audit', {})).id;
  if (way === 'sluice') return (JSON.parse(await sluice(subject, ['audit', '--json'])) as { id: string }).id;
  const id = `by-hand-${Date.now()}`;
  const start = ['workflow', 'start', '--type', 'auditTopic', '--task-queue', taskQueue];
  await temporal(subject, [...start, '--workflow-id', `audit/${topic}/${id}`, '--input', JSON.stringify({ topic })]);
  return id;
}

/** In an order in which each finds the pipeline as it needs it. */
export const OPERATIONS: readonly Operation[] = [pause, resume, drain, stopAt, audit, retention, replay, rescore];
