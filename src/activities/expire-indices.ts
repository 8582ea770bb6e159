import type { ExpiryKind, KindReport, RetentionInput, RetentionReport } from '../domain/expiry';
import { oldestKeptDay } from '../domain/retention';
import { beat } from './heartbeat';
import type { Logger } from '../logger';
import { reportDrift } from './report-drift';
import type { ExportFolder } from './export-ports';
import { mergePastDays } from './merge-past-days';
import type { DriftCheck, ExpiryLog, IndexMerge, IndexRetention } from './retention-ports';

/** How long the indices of logs and of dead letters are kept, in whole days after their own. */
export interface Retention {
  topic: string;
  retention: IndexRetention;
  retentionDays: number;
  letterRetention: IndexRetention;
  letterRetentionDays: number;
  expiryLog: ExpiryLog;
  templateDrift: DriftCheck;
  /** Absent where past days are left as they are. */
  indexMerge?: IndexMerge | undefined;
}

interface ExpireDeps extends Retention {
  exportFolder: Pick<ExportFolder, 'expire'>;
  logger: Pick<Logger, 'info' | 'warn'>;
  now?: () => number;
}

/** Indices that a report names: it goes through Temporal. */
const MAX_NAMED = 50;

/**
 * Deletes the indices of days that ended longer ago than they are kept, by the worker's clock. What an index held of each
 * partition is recorded before it goes; an attempt that dies in between records the same again. Warns of drift of the index
 * templates too, has what is left of past days merged, and lets go of the files of long exports that are past theirs.
 */
export function createExpireIndices(deps: ExpireDeps) {
  const now = deps.now ?? Date.now;

  async function expire(kind: ExpiryKind, port: IndexRetention, days: number, dryRun: boolean): Promise<KindReport> {
    const oldestKept = oldestKeptDay(now(), days);
    const all = await port.list();
    const past = all.filter(({ day }) => day < oldestKept);
    const expired: KindReport['expired'] = [];
    for (const { index, uuid, day } of past) {
      const { documents, parts } = await port.account(index);
      expired.push({ index, documents });
      if (dryRun) continue;
      const expiredAt = new Date(now()).toISOString();
      await deps.expiryLog.write({ topic: deps.topic, kind, index, uuid, day, documents, expiredAt, parts });
      await port.remove(index);
    }
    return {
      oldestKept,
      kept: all.length - past.length,
      expired: expired.slice(0, MAX_NAMED),
      omitted: Math.max(0, expired.length - MAX_NAMED),
    };
  }

  /** Another worker may have the folder where this one has not, and the next run is an hour away: no reason to fail. */
  async function expireExports(): Promise<void> {
    await deps.exportFolder.expire().catch((error: unknown) => {
      deps.logger.warn({ code: (error as { code?: string }).code }, 'exports past their age could not be removed');
    });
  }

  return async function expireIndices({ dryRun = false }: Partial<RetentionInput> = {}): Promise<RetentionReport> {
    return beat(async () => {
      const report = {
        dryRun,
        at: new Date(now()).toISOString(),
        logs: await expire('logs', deps.retention, deps.retentionDays, dryRun),
        deadLetters: await expire('dead_letters', deps.letterRetention, deps.letterRetentionDays, dryRun),
      };
      const merging = dryRun ? undefined : await mergePastDays(deps, now());
      if (!dryRun) await expireExports();
      const drift = await reportDrift(deps.templateDrift, deps.logger);
      return { ...report, ...(drift === undefined ? {} : { drift }), ...(merging === undefined ? {} : { merging }) };
    });
  };
}
