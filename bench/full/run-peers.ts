import Table from 'cli-table3';
import type { Client } from '@elastic/elasticsearch';
import { buildBodies } from '../backlog';
import { runBareBulk } from '../bare-bulk';
import { DRAINERS, runDrain, type Drainer, type DrainResult } from '../drain';
import { median } from '../median';
import type { BenchServers } from '../servers';
import { makeBacklog, prepareRun, removeRun, type Backlog } from './backlogs';
import type { Losses } from './compare-records';
import type { FullOptions } from './options';
import { bento } from './peers/bento';
import type { Peer } from './peers/peer';
import { rsyslog } from './peers/rsyslog';
import { readSent, runKill } from './run-kill';

const PARTITIONS = 4;
const IN_FLIGHT = 4;
/** Records of the runs that are killed, at most. */
const MAX_KILL_RECORDS = 200_000;
const PEERS: readonly Peer[] = [bento, rsyslog];

/** One program on the same topic and mapping as all others. */
export interface Contender {
  title: string;
  drainer: Drainer;
  drains: DrainResult[];
  losses?: Losses;
}

/** Sluice, a loop without Temporal, and the peers that are installed. */
export async function findContenders(say: (line: string) => void): Promise<Contender[]> {
  const found: Contender[] = [
    { title: 'Sluice, one worker', drainer: DRAINERS.worker, drains: [] },
    { title: 'a plain loop, no Temporal', drainer: DRAINERS.plain, drains: [] },
    { title: "a loop of Sluice's own steps", drainer: DRAINERS.loop, drains: [] },
  ];
  for (const peer of PEERS) {
    const drainer = await peer.find();
    if (typeof drainer === 'string') say(`${peer.title} is left out: ${drainer}`);
    else found.push({ title: peer.title, drainer, drains: [] });
  }
  return found;
}

/** Drains the same backlog by each contender in turns, beside bare bulk requests. @returns their rates, by round */
export async function runPeers(
  servers: BenchServers,
  client: Client,
  contenders: readonly Contender[],
  { records, rounds }: FullOptions,
  folder: string,
  say: (line: string) => void,
): Promise<number[]> {
  const bare: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const backlog = await makeBacklog(servers, `peers-${round}`, PARTITIONS, records);
    const bodies = await buildBodies(servers, backlog.topic);
    const bulk = await prepareRun(client, backlog, `bare-${round}`, folder);
    if (round === 1) {
      await runBareBulk(client, bodies, bulk.index, IN_FLIGHT);
      await client.indices.delete({ index: bulk.index });
    }
    bare.push(await runBareBulk(client, bodies, bulk.index, IN_FLIGHT));
    say(`round ${round}: bare bulk: ${Math.round(bare.at(-1)!)} records/s`);
    await client.indices.delete({ index: bulk.index });
    for (const [at, contender] of turned(contenders, round).entries()) {
      const run = await prepareRun(client, backlog, `${contender.drainer.name}-${round}`, folder);
      const result = await runDrain(servers, client, run, contender.drainer);
      contender.drains.push(result);
      say(`round ${round}: ${contender.title}: ${Math.round(result.rate)} records/s`);
      if (at === contenders.length - 1) await removeRun(servers, client, run);
      else await client.indices.delete({ index: run.index });
    }
  }
  return bare;
}

/** What each contender loses, or brings twice, when it is killed with -9 in the middle and started again. */
export async function runKills(
  servers: BenchServers,
  client: Client,
  contenders: Contender[],
  { records }: FullOptions,
  folder: string,
  say: (line: string) => void,
): Promise<void> {
  const count = Math.min(records, MAX_KILL_RECORDS);
  const backlog: Backlog = await makeBacklog(servers, 'killed', PARTITIONS, count);
  const sent = await readSent(servers, backlog.topic);
  for (const contender of contenders) {
    const run = await prepareRun(client, backlog, `${contender.drainer.name}-killed`, folder);
    contender.losses = await runKill(servers, client, run, sent, contender.drainer);
    const { lost, doubled } = contender.losses;
    say(`${contender.title}, killed with -9 and started again: ${lost} lost, ${doubled} twice of ${count}`);
    await client.indices.delete({ index: run.index });
  }
}

export function renderPeers(contenders: readonly Contender[], bare: readonly number[]): string {
  const best = median([...bare]);
  const table = new Table({
    head: ['', 'records/s', 'of bare bulk', 'CPU s/M', 'with Temporal', 'Elasticsearch', 'peak MB', 'lost', 'twice'],
  });
  if (bare.length > 0)
    table.push([`bare bulk, ${IN_FLIGHT} in flight`, Math.round(best), '1.00', '', '', '', '', '', '']);
  for (const { title, drainer, drains, losses } of contenders) {
    const cpu = (name: string) => median(drains.map(({ cpuPerMillion }) => cpuPerMillion[name] ?? NaN));
    const rate = median(drains.map((drain) => drain.rate));
    const temporal = drainer === DRAINERS.worker ? cpu('temporal') : 0;
    table.push([
      title,
      ...(drains.length === 0
        ? ['', '', '', '', '', '']
        : [
            ...[Math.round(rate), (rate / best).toFixed(2)],
            ...[cpu(drainer.name), cpu(drainer.name) + temporal, cpu('elasticsearch')].map((one) => one.toFixed(1)),
            Math.max(...drains.map(({ peakMemoryMb }) => peakMemoryMb)),
          ]),
      ...(losses ? [losses.lost, losses.doubled] : ['', '']),
    ]);
  }
  return `the same topic and mapping; lost and twice: after a kill -9 in the middle, of at most ${MAX_KILL_RECORDS}\n${table.toString()}`;
}

/** Each round begins with another one. */
function turned<T>(list: readonly T[], round: number): T[] {
  const at = (round - 1) % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
