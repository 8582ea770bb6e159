import type { Client } from '@elastic/elasticsearch';
import type { DiskLevel, DiskUse } from '../domain/disk-use';
import { asPipelineError } from './send-bulk';

const WATERMARK = 'cluster.routing.allocation.disk.watermark.';
const LEVELS = ['low', 'high', 'flood_stage'] as const;
const UNITS = { b: 1, kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30, tb: 2 ** 40, pb: 2 ** 50 } as const;

/** Reads how full the nodes' disks are, and how near to the watermark from which Elasticsearch refuses writes. */
export function createDiskWatch(client: Client): () => Promise<DiskUse[]> {
  return async () => {
    const [stats, settings] = await Promise.all([
      client.nodes.stats({ metric: 'fs', filter_path: 'nodes.*.name,nodes.*.fs.total' }, { maxRetries: 0 }),
      client.cluster.getSettings({ include_defaults: true, flat_settings: true }, { maxRetries: 0 }),
    ]).catch((error: unknown) => {
      throw asPipelineError(error, 'look at the disks');
    });
    const flat = { ...settings.defaults, ...settings.persistent, ...settings.transient } as Record<string, unknown>;
    return Object.values(stats.nodes).flatMap(({ name, fs }) => {
      const { total_in_bytes: total = 0, available_in_bytes: available = 0 } = fs?.total ?? {};
      return total > 0 ? [diskUse(name ?? '', total, available, flat)] : [];
    });
  };
}

function diskUse(node: string, total: number, available: number, settings: Record<string, unknown>): DiskUse {
  const limits = LEVELS.map((level) =>
    freeBelow(total, settings[WATERMARK + level], settings[`${WATERMARK}${level}.max_headroom`]),
  );
  let level: DiskLevel = 'ok';
  LEVELS.forEach((name, position) => {
    if (available < limits[position]!) level = name;
  });
  return { node, totalBytes: total, availableBytes: available, level, floodBelowBytes: Math.round(limits[2]!) };
}

/** The free bytes below which a watermark is passed: `85%` and `0.85` are of what is used, `10gb` of what is free. */
function freeBelow(total: number, watermark: unknown, headroom: unknown): number {
  const text = typeof watermark === 'string' ? watermark : '';
  const bytes = byteCount(text);
  if (bytes !== undefined) return bytes;
  const share = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  const free = Number.isFinite(share) && text !== '' ? total * (1 - share) : 0;
  return Math.min(free, byteCount(typeof headroom === 'string' ? headroom : '') ?? Infinity);
}

function byteCount(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(b|kb|mb|gb|tb|pb)$/i.exec(text.trim());
  return match ? Number(match[1]) * UNITS[match[2]!.toLowerCase() as keyof typeof UNITS] : undefined;
}
