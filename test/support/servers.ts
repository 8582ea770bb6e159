import {
  killPrivateServer,
  startPrivateServer,
  stopPrivateServer,
  type PrivateServers,
  type ServerName,
} from '../../local/private-servers/private-servers';

export { readPids } from '../../local/private-servers/pids';
export { SERVER_NAMES } from '../../local/private-servers/private-servers';

/** What SLUICE_TEST_SERVERS holds. */
export type TestServers = PrivateServers;

/** kill -9 of one server of this test run; returns once it is gone. Its data stays. */
export async function killServer(name: ServerName): Promise<void> {
  await killPrivateServer(testServers(), name);
}

/** SIGTERM to one server of this test run, SIGKILL if it takes too long; returns once it is gone. */
export async function stopServer(name: ServerName): Promise<void> {
  await stopPrivateServer(testServers(), name);
}

/** Starts one server on its port and data and returns once it serves; does nothing while it runs. */
export async function startServer(name: ServerName): Promise<void> {
  await startPrivateServer(testServers(), name);
}

/** The servers of this test run. */
export function testServers(): TestServers {
  const text = process.env['SLUICE_TEST_SERVERS'];
  if (!text) throw new Error('SLUICE_TEST_SERVERS is not set: run this test in the jest project `integration`');
  return JSON.parse(text) as TestServers;
}
