import { setTimeout as sleep } from 'node:timers/promises';
import type { Difference, KafkaPartition } from '../check/compare';
import { compareWritten } from '../check/compare-written';
import { readTopic } from '../check/read-topic';
import { runLoad } from '../load/run-load';
import { loadPlan, type Cell } from './cell';
import { checkHistories, checkTruth, lostAsVoid, readAccounts, settle } from './check';
import { sayCell, type RunResult } from './run-stream';
import { createTopics, killSoon, reach, reachStates, type Subject } from './subject';
import { give, type Way } from './ways';

const LOAD_MS = 3000;

/**
 * Kafka deletes records unread under load; the partition halts, somebody accepts the gap, and the worker is killed while
 * that is followed. The subject has one partition.
 */
export async function runAcceptGap(subject: Subject, way: Way, seed: number): Promise<RunResult> {
  const startedAt = Date.now();
  const { clients, names } = subject;
  const ending = new AbortController();
  const loading = runLoad(clients.kafka, names.topic, loadPlan(seed, 1), ending.signal);
  let seen: { seen: string } | { error: string };
  let before: KafkaPartition | undefined;
  let gap = { from: 0, to: 0 };
  try {
    await sleep(LOAD_MS);
    await give(subject, 'REST', 'pause');
    const [paused] = await reachStates(subject, 'pauses', ({ status }) => status === 'paused');
    // A worker that stays has read on into its memory, and nothing would be lost.
    await subject.worker.kill();
    await sleep(LOAD_MS);
    [before] = await readTopic(clients.kafka, names.topic);
    const from = Number(paused!.ledger.next);
    gap = { from, to: from + Math.floor((before!.high - from) / 2) };
    await deleteUpTo(subject, gap.to);
    await subject.worker.start();
    await give(subject, 'REST', 'resume');
    await reachStates(subject, 'halts at the gap', ({ failure }) => failure?.code === 'offset_out_of_range');
    const killed = killSoon(subject, way);
    await Promise.all([give(subject, way, 'accept-gap', { partition: 0, to: String(gap.to) }), killed]);
    await reachStates(subject, 'goes on behind the gap', ({ ledger }) => Number(ledger.next) > before!.high);
    seen = { seen: 'went on behind the gap, which is booked as lost upstream' };
  } catch (error) {
    seen = { error: (error as Error).message };
  } finally {
    ending.abort();
  }
  const cells: Cell[] = [{ operation: 'accept-gap', way, tookMs: Date.now() - startedAt, ...seen }];
  sayCell(subject, cells[0]!);
  const written = await loading;
  if ('error' in seen || !before) return { cells, records: 0, differences: [] };

  const differences = await settle(subject);
  const [after] = await readTopic(clients.kafka, names.topic);
  const rest = after!.records.filter(({ offset }) => offset >= before.high);
  differences.push(...compareWritten(written, [{ ...after!, records: [...before.records, ...rest] }]));
  const kept = before.records.filter(({ offset }) => offset < gap.from || offset >= gap.to);
  const [account] = await readAccounts(subject);
  const lost = account!.ledger.lostUpstream;
  if (lost !== gap.to - gap.from) {
    differences.push({ kind: 'ledger', what: `lost upstream is ${lost}, must be ${gap.to - gap.from}` });
  }
  const compared = await checkTruth(subject, {
    generation: 1,
    kafka: [{ partition: 0, low: 0, high: after!.high, records: [...kept, ...rest] }],
    accounts: [{ partition: 0, ledger: lostAsVoid(account!.ledger) }],
  });
  differences.push(...compared.differences, ...(await checkHistories(subject, seed)));
  return { cells, records: compared.counts.records, differences };
}

/** The topic is deleted and created anew; the partition halts, and the worker is killed while a rebind is followed. */
export async function runRebind(subject: Subject, way: Way, seed: number): Promise<RunResult> {
  const startedAt = Date.now();
  const { clients, names } = subject;
  const differences: Difference[] = [];
  const first = await loadFor(subject, seed, LOAD_MS);
  differences.push(...(await settle(subject)));
  const old = await readTopic(clients.kafka, names.topic);
  differences.push(...compareWritten(first, old));
  await recreateTopic(subject);

  const ending = new AbortController();
  const loading = runLoad(clients.kafka, names.topic, loadPlan(seed + 1, 1), ending.signal);
  let seen: { seen: string } | { error: string };
  try {
    await reachStates(subject, 'halts at the new topic', ({ failure }) => failure?.code === 'topic_recreated');
    const killed = killSoon(subject, way);
    await Promise.all([give(subject, way, 'rebind', { partition: 0 }), killed]);
    await reachStates(subject, 'reads the new topic', ({ generation, ledger }) => generation === 2 && +ledger.next > 0);
    seen = { seen: 'closed the old account, read the new topic from its start' };
  } catch (error) {
    seen = { error: (error as Error).message };
  } finally {
    ending.abort();
  }
  const cells: Cell[] = [{ operation: 'rebind', way, tookMs: Date.now() - startedAt, ...seen }];
  sayCell(subject, cells[0]!);
  const written = await loading;
  if ('error' in seen) return { cells, records: 0, differences };

  differences.push(...(await settle(subject)));
  const kafka = await readTopic(clients.kafka, names.topic);
  const { closed = [] } = await clients.partitionState(names.topic, 0);
  const ledger = closed.find(({ generation }) => generation === 1)?.ledger;
  const accounts = ledger ? [{ partition: 0, ledger }] : [];
  const closedCheck = await checkTruth(subject, { generation: 1, kafka: old, accounts });
  const openCheck = await checkTruth(subject, { generation: 2, kafka, accounts: await readAccounts(subject) });
  differences.push(...compareWritten(written, kafka), ...closedCheck.differences, ...openCheck.differences);
  differences.push(...(await checkHistories(subject, seed)), ...(await checkHistories(subject, seed + 1)));
  return { cells, records: closedCheck.counts.records + openCheck.counts.records, differences };
}

async function loadFor({ clients, names }: Subject, seed: number, durationMs: number) {
  const plan = { ...loadPlan(seed, 1), durationMs };
  return runLoad(clients.kafka, names.topic, plan, new AbortController().signal);
}

async function deleteUpTo({ clients, names }: Subject, offset: number): Promise<void> {
  const admin = clients.kafka.admin();
  await admin.connect();
  try {
    // kafkajs finds the partition's leader only in metadata that it has asked for.
    await admin.fetchTopicOffsets(names.topic);
    await admin.deleteTopicRecords({ topic: names.topic, partitions: [{ partition: 0, offset: String(offset) }] });
  } finally {
    await admin.disconnect();
  }
}

async function recreateTopic({ clients, names, signal }: Subject): Promise<void> {
  const admin = clients.kafka.admin();
  await admin.connect();
  try {
    await admin.deleteTopics({ topics: [names.topic] });
    await reach({ signal }, 'the topic is gone', async () => !(await admin.listTopics()).includes(names.topic));
    // Kafka answers that it is there for a moment longer.
    await reach({ signal }, 'the topic is created anew', () => createTopics(clients, names, 1).then(() => true));
  } finally {
    await admin.disconnect();
  }
}
