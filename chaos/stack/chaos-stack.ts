import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Programs } from '../../local/fetch/programs';
import {
  choosePorts,
  SERVER_NAMES,
  startPrivateServer,
  type PrivateServers,
} from '../../local/private-servers/private-servers';
import { startWatchdog } from '../../local/private-servers/start-watchdog';
import { stopPrivateServers } from '../../local/private-servers/stop-private-servers';

/** Workers that a stack has links for. */
export const MAX_WORKERS = 2;
/** Small: several stacks run side by side. */
const HEAPS_MB = { kafka: 384, elasticsearch: 640 };

/** Starts the three servers of a lane in a folder of their own; a watchdog stops them whatever becomes of us. */
export async function startStack(given: { programs: Programs; javaHome: string }): Promise<PrivateServers> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-chaos-'));
  startWatchdog(folder);
  const servers: PrivateServers = { folder, ...given, heapsMb: HEAPS_MB, ...(await choosePorts(MAX_WORKERS)) };
  const started = await Promise.allSettled(SERVER_NAMES.map((name) => startPrivateServer(servers, name)));
  const failure = started.find((result) => result.status === 'rejected');
  if (!failure) return servers;
  await stopPrivateServers(folder);
  throw failure.reason;
}
