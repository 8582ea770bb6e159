import type { Logger } from '../logger';
import type { OutageLog } from './outage-log';
import type { Sender } from './sender';

export interface ReportOptions {
  sender: Pick<Sender, 'acknowledged' | 'unacknowledged'>;
  outage: OutageLog;
  logger: Logger;
  /** Milliseconds' worth of logs that were left out so far. */
  skippedMs: () => number;
  intervalMs?: number;
}

const STATS_INTERVAL_MS = 10_000;
const OUTAGE_INTERVAL_MS = 1000;

/** Starts the stats line and the watch for outages. Gives the function that ends both. */
export function startReports({ sender, outage, logger, skippedMs, intervalMs = STATS_INTERVAL_MS }: ReportOptions) {
  let lastTotal = 0;
  const stats = setInterval(() => {
    const { acknowledged, unacknowledged } = sender;
    const rate = Math.round(((acknowledged - lastTotal) * 1000) / intervalMs);
    lastTotal = acknowledged;
    logger.info({ produced: acknowledged, rate, unacknowledged, skippedMs: Math.round(skippedMs()) }, 'produced');
  }, intervalMs);
  const watch = setInterval(() => outage.check(sender.unacknowledged), OUTAGE_INTERVAL_MS);
  return () => {
    clearInterval(stats);
    clearInterval(watch);
  };
}
