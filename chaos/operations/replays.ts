import { randomUUID } from 'node:crypto';
import { doneRanges, findTears } from '../../bench/replay/checks';
import type { ReplayView } from '../../src/api/schemas/replays';
import { loadConfig } from '../../src/config';
import { replayWorkflowId } from '../../src/domain/replay';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { createReplayStore } from '../../src/elasticsearch/replay-store';
import type { Operation } from './cell';
import { killWorker, reach, reachStates, type Subject } from './subject';
import { ask, give, sluice, temporal, type Way } from './ways';

/** So slow that there is time to kill the worker, cancel and go on. */
const LASTS_S = 12;
const MIN_RATE = 200;
/** Of each partition, before it is replayed. */
const MIN_OFFSETS = 1000;

/** Writes what is missing, and nothing is. */
export const replay: Operation = {
  name: 'replay',
  run: async (subject, way) => {
    const { done, total, counts } = await replayTorn(subject, way, 'replay');
    if (counts.written > 0) throw new Error(`${counts.written} documents were written, and none was missing`);
    return `of ${total} offsets ${done} once each, 0 written; killed, cancelled and continued`;
  },
};

/** Other rules raise the epoch; then every document is to have its number as version, which the end of the run checks. */
export const rescore: Operation = {
  name: 'rescore',
  run: async (subject, way) => {
    const { scored, env, clients, names } = subject;
    const epoch = scored.epoch + 1;
    env['SCORE_WARN'] = String(30 + epoch);
    await killWorker(subject);
    const changed = (state: { epochs: { number: number }[] }) => state.epochs.at(-1)?.number === epoch;
    await reachStates(subject, 'has the new epoch', changed);
    subject.scored = { epoch, rules: loadConfig({ SCORE_WARN: env['SCORE_WARN'] }).scoring };
    const { total, counts, epochs } = await replayTorn(subject, way, 'rescore');
    if (epochs.join() !== String(epoch)) throw new Error(`epochs ${epochs.join()} were written, not ${epoch}`);
    const old = await countOlder(clients.elasticsearchUrl, names.indexPrefix, epoch);
    if (old > 0) throw new Error(`${old} documents are of an older epoch`);
    return `of ${total} offsets each once, ${counts.written} written as version ${epoch}; killed, cancelled and continued`;
  },
};

/** Orders one, kills the worker in the middle of it, cancels it, lets it go on, and holds its steps against its plan. */
async function replayTorn(subject: Subject, way: Way, name: 'replay' | 'rescore') {
  const id = await order(subject, way, name);
  const at = async (what: string, wanted: (view: ReplayView) => boolean) =>
    reach(subject, what, async () => {
      const view = await ask<ReplayView>(subject, 'GET', `/replays/${id}`);
      if (wanted(view)) return view;
      throw new Error(`${name} ${id} is ${view.status} at ${view.progress.done} of ${view.progress.total}`);
    });
  const begun = await at(`${name} has begun`, ({ progress }) => progress.done > 0);
  await killWorker(subject);
  await at(`${name} goes on after the kill`, ({ progress }) => progress.done > begun.progress.done);
  await steer(subject, way, id, 'cancel');
  const cancelled = await at(`${name} is cancelled`, ({ status }) => status === 'cancelled');
  if (cancelled.progress.done >= cancelled.progress.total!) throw new Error('it had ended before it was cancelled');
  // A closed workflow takes no signal.
  await steer(subject, way === 'temporal' ? 'REST' : way, id, 'resume');
  const { progress } = await at(`${name} is done`, ({ status }) => status === 'done');
  const tears = await tearsOf(subject, id);
  if (tears.length > 0) throw new Error(tears.slice(0, 3).join('; '));
  return { ...progress, total: progress.total! };
}

/** @returns the id of the replay */
async function order(subject: Subject, way: Way, name: 'replay' | 'rescore'): Promise<string> {
  const reason = `matrix ${randomUUID()}`;
  const states = await reachStates(subject, 'has indexed some', ({ ledger }) => Number(ledger.next) >= MIN_OFFSETS);
  const offsets = states.reduce((sum, { ledger }) => sum + Number(ledger.next), 0);
  const rate = Math.max(MIN_RATE, Math.floor(offsets / LASTS_S));
  if (way === 'REST') {
    const mode = name === 'replay' ? 'repair' : 'rescore';
    await ask(subject, 'POST', '/replays', { mode, reason, actor: 'matrix', records_per_second: rate });
  } else await give(subject, way, name, { reason, actor: 'matrix', records_per_second: rate });
  return reach(subject, `${name} is known`, async () => {
    const { replays } = await ask<{ replays: ReplayView[] }>(subject, 'GET', '/replays');
    return replays.find((one) => one.reason === reason)?.id;
  });
}

async function steer(subject: Subject, way: Way, id: string, message: 'cancel' | 'resume'): Promise<void> {
  if (way === 'REST') await ask(subject, 'POST', `/replays/${id}/${message}`, { actor: 'matrix' });
  else if (way === 'sluice') await sluice(subject, ['replays', message, id, '--actor', 'matrix']);
  else {
    const workflow = ['--workflow-id', replayWorkflowId(subject.names.topic, id)];
    await temporal(subject, ['workflow', 'signal', ...workflow, '--name', message]);
  }
}

/** Where the steps of all its runs do not make up its plan: an offset twice, or left out. */
async function tearsOf({ clients, names }: Subject, id: string): Promise<string[]> {
  const elasticsearch = createElasticsearch({ url: clients.elasticsearchUrl, requestTimeoutMs: 30_000 });
  try {
    const plan = await createReplayStore(elasticsearch, { indexPrefix: names.indexPrefix }).readPlan(id);
    if (!plan) return ['the replay has no plan'];
    return findTears(plan, await doneRanges(clients.temporal, names.topic, id));
  } finally {
    await elasticsearch.close();
  }
}

async function countOlder(url: string, indexPrefix: string, epoch: number): Promise<number> {
  await fetch(`${url}/${indexPrefix}-2*/_refresh`, { method: 'POST' });
  const response = await fetch(`${url}/${indexPrefix}-2*/_count`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: { range: { epoch: { lt: epoch } } } }),
  });
  return ((await response.json()) as { count: number }).count;
}
