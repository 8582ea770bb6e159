import type { PrivateServers } from '../local/private-servers/private-servers';
import { stopPrivateServers } from '../local/private-servers/stop-private-servers';
import type { SeedResult } from './run-seed';

export interface LaneOptions {
  lanes: number;
  start: () => Promise<PrivateServers>;
  run: (servers: PrivateServers, seed: number, say: (line: string) => void) => Promise<SeedResult>;
  onResult: (seed: number, result: SeedResult | Error) => void;
  say: (line: string) => void;
  signal: AbortSignal;
}

/**
 * Runs seeds on several stacks side by side, each taking the next seed when it is done with one. A stack on which a run
 * broke off is replaced: nobody knows what state it is in.
 */
export async function runLanes(seeds: readonly number[], options: LaneOptions): Promise<void> {
  const waiting = [...seeds];
  const lane = async (number: number) => {
    let servers: PrivateServers | undefined;
    try {
      for (let seed = waiting.shift(); seed !== undefined && !options.signal.aborted; seed = waiting.shift()) {
        servers ??= await options.start();
        const name = options.lanes > 1 ? `lane ${number}, seed ${seed}` : `seed ${seed}`;
        try {
          options.onResult(seed, await options.run(servers, seed, (line) => options.say(`${name}: ${line}`)));
        } catch (error) {
          if (!options.signal.aborted) options.onResult(seed, error as Error);
          await stopPrivateServers(servers.folder);
          servers = undefined;
        }
      }
    } finally {
      if (servers) await stopPrivateServers(servers.folder);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.lanes, seeds.length) }, (_, number) => lane(number)));
}
