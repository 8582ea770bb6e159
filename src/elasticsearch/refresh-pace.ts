import { setTimeout as sleep } from 'node:timers/promises';
import { errors, type Client } from '@elastic/elasticsearch';
import type { RefreshPace } from '../activities/ports';
import { logIndexPatterns } from '../domain/ids';
import type { Logger } from '../logger';

export interface RefreshSettings {
  indexPrefix: string;
  /** Of every index, in ms. */
  refreshIntervalMs: number;
  /** Of one that a backlog is written to, in ms; not above the other where it is to stay as it is. */
  backlogRefreshIntervalMs: number;
}

/** So long after the last batch of a backlog an index is refreshed as often as before. */
const HOLD_MS = 10_000;
/** Another worker, at the end of its own backlog, may have set the index back meanwhile. */
const AGAIN_MS = 10_000;
const LOOK_MS = 2000;
const PATIENCE = { maxRetries: 0, requestTimeout: 5000 };
/** A process that ends waits no longer: a later one sets back what is left. */
const CLOSE_LIMIT_MS = 2000;

/**
 * Lets Elasticsearch refresh an index less often while a backlog is written to it. Each refresh makes a segment of what
 * came since the last one: at one a second that takes a quarter of the CPU of its node (docs/performance.md).
 *
 * A process that is killed leaves its indices as they are; `restore` of any later one sets them back, and so does its own end.
 * Nothing waits for a change of the setting, and one that fails is tried again with the next batch.
 */
export function createRefreshPace(
  client: Client,
  { indexPrefix, refreshIntervalMs, backlogRefreshIntervalMs }: RefreshSettings,
  logger: Pick<Logger, 'info' | 'warn'>,
): RefreshPace & { close(): Promise<void> } {
  let off = backlogRefreshIntervalMs <= refreshIntervalMs;
  const relaxed = new Map<string, { askedAt: number; lastAt: number }>();
  // One after the other: what was asked for last is what stays.
  let changes = Promise.resolve();
  const put = (index: string, ms: number) =>
    client.indices.putSettings({ index, settings: { refresh_interval: asText(ms) } }, PATIENCE);
  const change = (index: string, run: () => Promise<unknown>, onFailure: () => void) => {
    changes = changes.then(async () => {
      try {
        await run();
      } catch (error) {
        onFailure();
        if (!hasStatus(error, 401, 403) || off) return;
        off = true;
        const words = 'this key may not change how often an index is refreshed: a backlog costs Elasticsearch more';
        logger.warn({ index }, words);
      }
    });
    return changes;
  };
  // The index may be one that this very batch makes, whose bulk request is on its way.
  const slowDown = (index: string) =>
    put(index, backlogRefreshIntervalMs).catch(async (error: unknown) => {
      if (!hasStatus(error, 404)) throw error;
      const settings = { refresh_interval: asText(backlogRefreshIntervalMs) };
      await client.indices.create({ index, settings }, PATIENCE).catch((refused: unknown) => {
        if (!hasStatus(refused, 400)) throw refused;
        return put(index, backlogRefreshIntervalMs);
      });
    });
  const setBack = (index: string) => {
    const had = relaxed.get(index);
    relaxed.delete(index);
    const run = () => put(index, refreshIntervalMs);
    return change(index, run, () => {
      if (had && !off && !relaxed.has(index)) relaxed.set(index, had);
    });
  };
  const timer = setInterval(() => {
    for (const [index, { lastAt }] of relaxed) {
      if (Date.now() - lastAt < HOLD_MS) continue;
      logger.info({ index, refreshIntervalMs }, 'the backlog is written: the index is refreshed as often as before');
      void setBack(index);
    }
  }, LOOK_MS);
  timer.unref();

  return {
    relax(index) {
      if (off) return;
      const now = Date.now();
      const known = relaxed.get(index);
      if (known) known.lastAt = now;
      if (known && now - known.askedAt < AGAIN_MS) return;
      relaxed.set(index, { askedAt: now, lastAt: now });
      const about = { index, refreshIntervalMs: backlogRefreshIntervalMs };
      const run = async () => {
        await slowDown(index);
        if (!known) logger.info(about, 'a backlog is written: the index is refreshed less often');
      };
      void change(index, run, () => relaxed.delete(index));
    },
    async restore() {
      if (off) return;
      const which = {
        index: logIndexPatterns(indexPrefix),
        name: 'index.refresh_interval',
        flat_settings: true,
        ignore_unavailable: true,
      };
      const found = await client.indices.getSettings(which).catch(() => ({}));
      const left = Object.entries(found).filter(([, { settings }]) => {
        const now = (settings as Record<string, unknown> | undefined)?.['index.refresh_interval'];
        return now === asText(backlogRefreshIntervalMs);
      });
      await Promise.all(left.map(([index]) => setBack(index)));
    },
    async close() {
      clearInterval(timer);
      const left = [...relaxed.keys()];
      off ||= left.length === 0;
      await Promise.race([Promise.all(left.map(setBack)), sleep(CLOSE_LIMIT_MS, undefined, { ref: false })]);
      off = true;
    },
  };
}

function asText(ms: number): string {
  return `${ms}ms`;
}

function hasStatus(error: unknown, ...statuses: number[]): boolean {
  return error instanceof errors.ResponseError && statuses.includes(error.statusCode ?? 0);
}
