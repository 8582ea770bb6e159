import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runLanes } from '../../chaos/lanes';
import type { SeedResult } from '../../chaos/run-seed';
import type { PrivateServers } from '../../local/private-servers/private-servers';

/** Runs seeds on stacks that are nothing but a folder. */
async function run(seeds: number[], lanes: number, onSeed: (seed: number, folder: string) => Promise<void>) {
  const folders: string[] = [];
  const results = new Map<number, string>();
  const stopping = new AbortController();
  await runLanes(seeds, {
    lanes,
    start: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sluice-lanes-'));
      folders.push(folder);
      return { folder } as PrivateServers;
    },
    run: async (servers, seed) => {
      await onSeed(seed, servers.folder);
      return { seed } as SeedResult;
    },
    onResult: (seed, result) => results.set(seed, result instanceof Error ? result.message : 'done'),
    say: () => undefined,
    signal: stopping.signal,
  });
  return { folders, results };
}

test('every seed runs once, on as many stacks as lanes, which are stopped at the end', async () => {
  const used = new Map<string, number>();
  const { folders, results } = await run([1, 2, 3, 4, 5], 2, async (_seed, folder) => {
    used.set(folder, (used.get(folder) ?? 0) + 1);
  });
  expect([...results].sort(([a], [b]) => a - b)).toEqual([1, 2, 3, 4, 5].map((seed) => [seed, 'done']));
  expect(folders).toHaveLength(2);
  expect([...used.values()].reduce((sum, count) => sum + count)).toBe(5);
  expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
});

test('a run that breaks off is a result, and the next seed gets new servers', async () => {
  const stacks: string[] = [];
  const { folders, results } = await run([1, 2, 3], 1, async (seed, folder) => {
    stacks.push(folder);
    if (seed === 2) throw new Error('no port');
  });
  expect([...results.values()]).toEqual(['done', 'no port', 'done']);
  expect(stacks).toEqual([folders[0], folders[0], folders[1]]);
  expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
});
