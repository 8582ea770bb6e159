import type { ApiClient } from '../api-client';

export interface Figures {
  produced: number | undefined;
  indexed: number | undefined;
  lag: number | undefined;
  /** Of the last 15 minutes. */
  anomalies: number | undefined;
}

/** The figures of the live line; what one question fails to answer is undefined. Throws when nothing answers. */
export async function readFigures(api: ApiClient): Promise<Figures> {
  const [pipeline, stats] = await Promise.allSettled([api.pipeline(), api.stats('now-15m')]);
  if (pipeline.status === 'rejected' && stats.status === 'rejected') throw pipeline.reason;
  const totals = pipeline.status === 'fulfilled' ? pipeline.value.totals : undefined;
  return {
    produced: totals?.['produced'] ?? undefined,
    indexed: totals?.['indexed'] ?? undefined,
    lag: totals?.['lag'] ?? undefined,
    anomalies: stats.status === 'fulfilled' ? stats.value.anomalies : undefined,
  };
}

/** 1234567 as 1,234,567; a dash for what is not known. */
export function showCount(value: number | null | undefined): string {
  return value === undefined || value === null ? '-' : value.toLocaleString('en-US');
}
