import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { projectRoot } from '../../local/project';
import { describeMachine } from '../machine';
import { startBenchServers } from '../servers';
import type { FullOptions } from './options';
import { batchCells, matrixCells, renderCells, runCells } from './run-matrix';
import { findContenders, renderPeers, runKills, runPeers } from './run-peers';

const OUT = join(projectRoot(), '.local', 'bench');

/** All numbers of workers and partitions, the peers, and what each loses; the figures go to `full.json`. */
export async function runFull(options: FullOptions): Promise<void> {
  const { records, rounds, only } = options;
  say(`${records} records a backlog, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}; ${describeMachine()}`);
  const folder = join(OUT, 'full');
  mkdirSync(folder, { recursive: true });
  const contenders = only.includes('peers') || only.includes('kill') ? await findContenders(say) : [];
  const servers = await startBenchServers();
  const client = createElasticsearch({ url: servers.elasticsearchUrl, requestTimeoutMs: 60_000 });
  try {
    const bare = only.includes('peers') ? await runPeers(servers, client, contenders, options, folder, say) : [];
    if (only.includes('kill')) await runKills(servers, client, contenders, options, folder, say);
    const cells = [
      ...(only.includes('matrix') ? matrixCells(options) : []),
      ...(only.includes('batches') ? batchCells(options) : []),
    ];
    await runCells(servers, client, cells, options, folder, say);
    if (contenders.length > 0) say(renderPeers(contenders, bare));
    if (cells.length > 0) say(renderCells(cells));
    const peers = contenders.map(({ title, drains, losses }) => ({ title, drains, losses }));
    const about = { measuredAt: new Date().toISOString(), machine: describeMachine(), options };
    writeFileSync(join(OUT, 'full.json'), JSON.stringify({ ...about, bare, peers, cells }, null, 2));
  } finally {
    await client.close();
    await servers.stop();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
