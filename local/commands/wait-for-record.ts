import { setTimeout as sleep } from 'node:timers/promises';
import type { FoundLog } from '../api-client';
import { readState, stateFile } from '../supervisor/stack-state';
import { CommandFailure, type Context } from './context';
import { describeTrouble } from './describe-trouble';

const POLL_MS = 250;

/**
 * Waits until a record made since `since` (ms) is found through the API by its request id, and returns it. Without a
 * generator there may be none: then it waits until the API says that everything is up.
 *
 * @throws CommandFailure at the deadline, with what is wrong.
 */
export async function waitForRecord(context: Context, since: number, deadline: number): Promise<FoundLog | undefined> {
  const { api, settings, say } = context;
  const withRecord = settings.SLUICE_GENERATOR === 'on' && Number(settings.childEnv['GENERATOR_COUNT'] || 0) === 0;
  say(withRecord ? 'waiting for the first record at /logs' : 'waiting for /health');
  let lastError = 'no record was found';
  while (Date.now() < deadline) {
    try {
      if (!withRecord) {
        const health = await api.health();
        if (health.status === 'up') return undefined;
        lastError = `GET /health says ${health.status ?? 'nothing'}`;
      } else {
        const found = await findRecord(context, since);
        if (found) return found;
      }
    } catch (error) {
      lastError = (error as Error).message;
    }
    await sleep(POLL_MS);
  }
  throw new CommandFailure(
    ['the stack runs, but no record came through:', ...(await explain(context, lastError))].join('\n  '),
  );
}

async function findRecord({ api }: Context, since: number): Promise<FoundLog | undefined> {
  const newest = await api.search({ size: '1', from: new Date(since).toISOString() });
  const id = newest[0]?.request_id;
  if (id === undefined) return undefined;
  const found = await api.search({ size: '1', request_id: id });
  return found[0];
}

async function explain({ api, settings, stack }: Context, lastError: string): Promise<string[]> {
  const lines = [lastError];
  const health = await api.health().catch(() => undefined);
  for (const [name, { status, message }] of Object.entries(health?.dependencies ?? {})) {
    if (status !== 'up') lines.push(`${name} is ${status}: ${message}`);
  }
  const pipeline = await api.pipeline().catch(() => undefined);
  if (pipeline) {
    lines.push(
      `pipeline ${pipeline.state}: ${pipeline.totals?.['produced'] ?? '?'} produced, ${pipeline.totals?.['indexed'] ?? '?'} indexed`,
    );
    for (const { partition, state, last_error } of pipeline.partitions ?? []) {
      if (last_error) lines.push(`partition ${partition} is ${state}: ${last_error.code} ${last_error.message}`);
    }
  }
  const state = stack === 'native' ? readState(stateFile(settings.localFolder)) : undefined;
  return state ? [...lines, ...describeTrouble(state)] : lines;
}
