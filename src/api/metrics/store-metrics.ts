import { Gauge, Registry } from 'prom-client';
import type { DiskLevel } from '../../domain/disk-use';
import { keepFor } from '../pipeline/keep-for';
import type { RetentionDesk } from '../retention/ports';
import { within } from '../within';

/** Disks and templates change slowly, and each look is some requests. */
const LOOK_EVERY_MS = 30_000;
const TIMEOUT_MS = 1000;

const WATERMARKS: Record<DiskLevel, number> = { ok: 0, low: 1, high: 2, flood_stage: 3 };

/**
 * How Elasticsearch's disks and index templates stand, in Prometheus's text format, looked at every 30 s at most. What does
 * not answer in time has no sample; never throws.
 */
export function createStoreMetrics({ disks, drift }: Pick<RetentionDesk, 'disks' | 'drift'>): () => Promise<string> {
  const inTime = <T>(look: () => Promise<T>) => {
    const kept = keepFor(LOOK_EVERY_MS, look);
    return () => within(TIMEOUT_MS, kept()).catch(() => undefined);
  };
  const [lookAtDisks, lookForDrift] = [inTime(disks), inTime(drift)];
  return async () => {
    const registry = new Registry();
    const gauge = (name: string, help: string, labelNames: string[] = []) =>
      new Gauge({ name, help, labelNames, registers: [registry] });
    const free = gauge('sluice_disk_available_bytes', 'Free on the disk of an Elasticsearch node.', ['node']);
    const total = gauge('sluice_disk_total_bytes', 'Size of that disk.', ['node']);
    const flood = gauge('sluice_disk_flood_below_bytes', 'Writes are refused when less than this is free.', ['node']);
    const watermark = gauge(
      'sluice_disk_watermark',
      'The watermark that is passed: 0 none, 1 low, 2 high, 3 flood stage, where writes are refused.',
      ['node'],
    );
    const [found, drifts] = await Promise.all([lookAtDisks(), lookForDrift()]);
    for (const { node, availableBytes, totalBytes, floodBelowBytes, level } of found ?? []) {
      free.set({ node }, availableBytes);
      total.set({ node }, totalBytes);
      flood.set({ node }, floodBelowBytes);
      watermark.set({ node }, WATERMARKS[level]);
    }
    if (drifts) {
      const help = 'Settings and mappings that are not as this version asks for; GET /retention names them.';
      gauge('sluice_template_drift', help).set(drifts.length);
    }
    return registry.metrics();
  };
}
