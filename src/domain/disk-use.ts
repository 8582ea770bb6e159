/** The watermark that a node's disk has passed. From `flood_stage` on Elasticsearch refuses writes to what lies there. */
export type DiskLevel = 'ok' | 'low' | 'high' | 'flood_stage';

/** How full the disk of a node is. */
export interface DiskUse {
  node: string;
  totalBytes: number;
  availableBytes: number;
  level: DiskLevel;
  /** Writes stop when less than this is free. */
  floodBelowBytes: number;
}

/** What an operator should know of the disks, in sentences; empty while there is room. */
export function diskWarnings(disks: readonly DiskUse[]): string[] {
  return disks
    .filter(({ level }) => level !== 'ok')
    .map(({ node, level, totalBytes, availableBytes, floodBelowBytes }) => {
      const used = Math.floor((1 - availableBytes / totalBytes) * 100);
      const then =
        level === 'flood_stage'
          ? 'writes are refused until there is room'
          : `writes stop when less than ${gigabytes(floodBelowBytes)} is free`;
      return (
        `disk of Elasticsearch node ${node}: ${used} % used, ${gigabytes(availableBytes)} free, past the ${level} watermark; ` +
        `${then}: free disk, or lower INDEX_RETENTION_DAYS`
      );
    });
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
