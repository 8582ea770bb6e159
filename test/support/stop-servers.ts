import { stopPrivateServers } from '../../local/private-servers/stop-private-servers';
import type { TestServers } from './servers';

/** Stops what `start-servers.ts` started. */
export default async function stopServers(): Promise<void> {
  const text = process.env['SLUICE_TEST_SERVERS'];
  if (text) await stopPrivateServers((JSON.parse(text) as TestServers).folder);
}
