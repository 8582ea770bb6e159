import { readEnvironment, resolveStackSettings } from '../../local/stack-settings';
import { livingProcesses, readState, stateFile } from '../../local/supervisor/stack-state';
import { FlagError } from '../flags';
import { startOwnStack } from '../own-stack';
import type { QueryTarget } from './query-clients';

/** The stack that is put under stress. */
export interface StressTarget extends QueryTarget {
  /** What it is, in words. */
  says: string;
  /** What a generator for it must be told. */
  env: NodeJS.ProcessEnv;
  /** Its processes by name, as far as they are known. */
  pids: Record<string, number>;
  stop(): Promise<void>;
}

/**
 * The stack that `make up` started.
 *
 * @throws FlagError when its API does not answer, or takes no key that is given
 */
export async function findRunningStack(env: NodeJS.ProcessEnv): Promise<StressTarget> {
  const settings = resolveStackSettings(readEnvironment(env));
  const apiUrl = `http://127.0.0.1:${settings.API_PORT}`;
  const key = env['SLUICE_API_KEY']?.trim() || undefined;
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const answer = await fetch(`${apiUrl}/pipeline`, { headers, signal: AbortSignal.timeout(10_000) }).catch(
    () => undefined,
  );
  if (!answer)
    throw new FlagError(`${apiUrl} does not answer: \`make up\` starts a stack, --own-stack makes one for this run`);
  if (answer.status === 401 || answer.status === 403) {
    throw new FlagError(`${apiUrl} asks for a key that may read: set SLUICE_API_KEY`);
  }
  const state = readState(stateFile(settings.localFolder));
  const living = state ? livingProcesses(state) : [];
  const pids = Object.fromEntries(living.flatMap(({ name, identity }) => (identity ? [[name, identity.pid]] : [])));
  const known = living.length > 0 ? '' : ', whose processes are not known, so without their CPU and memory';
  return {
    ...{ apiUrl, key, pids, env: settings.childEnv, stop: async () => undefined },
    says: `the running one at ${apiUrl}${known}`,
  };
}

/** Starts one for this run. Its API has no limit for a client: what is wanted is to see where the stack itself ends. */
export async function makeOwnStack(logFolder: string): Promise<StressTarget> {
  const { apiUrl, env, pids, stop } = await startOwnStack('stress', logFolder, {
    ...{ API_RATE_LIMIT: '0', API_HEAVY_AT_ONCE: '0', API_KEYS_FILE: '' },
  });
  return { apiUrl, env, pids, stop, says: 'its own: one worker, one API without limits for a client' };
}
