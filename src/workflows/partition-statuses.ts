/**
 * - `throttled`: Elasticsearch takes less than there is; batches shrink.
 * - `blocked`: somebody's setting, a full disk or a missing right; goes on by itself when that is mended.
 * - `retrying`: a server does not answer.
 */
export const PARTITION_STATUSES = [
  'running',
  'throttled',
  'blocked',
  'retrying',
  'draining',
  'pausing',
  'paused',
  'halted',
] as const;
export type PartitionStatus = (typeof PARTITION_STATUSES)[number];
