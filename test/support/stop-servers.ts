import { stopPrivateServers } from '../../local/private-servers/stop-private-servers';
import type { TestServers } from './servers';

/** Stops what `start-servers.ts` started; servers that are kept by somebody else stay. */
export default async function stopServers(): Promise<void> {
  if (process.env['SLUICE_TEST_KEPT_SERVERS']) return;
  const text = process.env['SLUICE_TEST_SERVERS'];
  if (text) await stopPrivateServers((JSON.parse(text) as TestServers).folder);
}
