import type { DriftCheck, ExpiryLog, IndexRetention } from '../../activities/retention-ports';
import type { DiskUse } from '../../domain/disk-use';
import type { RetentionReport } from '../../domain/expiry';

/** What Temporal says of the schedule. */
export interface ScheduleReading {
  paused: boolean;
  note?: string | undefined;
  /** ISO time; absent while it is paused. */
  nextRunAt?: string | undefined;
  /** The latest runs, newest first. */
  runs: { workflowId: string; at: string }[];
}

/** What could be learned of one run. */
export interface RetentionRun {
  status: 'running' | 'done' | 'failed' | 'cancelled';
  startedAt: string;
  endedAt?: string | undefined;
  /** When done. */
  report?: RetentionReport | undefined;
}

/** Retention as workflows of Temporal. Calls throw whatever the Temporal client throws when it cannot be reached. */
export interface RetentionRuns {
  /** Undefined when there is no schedule. */
  schedule(topic: string): Promise<ScheduleReading | undefined>;
  /** Starts a run; one of the same id that is there already is left alone. */
  start(topic: string, id: string, dryRun: boolean): Promise<void>;
  read(topic: string, id: string): Promise<RetentionRun | undefined>;
}

/** Everything that the retention routes talk to. */
export interface RetentionDesk {
  logs: Pick<IndexRetention, 'list'>;
  letters: Pick<IndexRetention, 'list'>;
  expired: Pick<ExpiryLog, 'list'>;
  drift: DriftCheck;
  disks: () => Promise<DiskUse[]>;
  runs: RetentionRuns;
  retentionDays: number;
  letterRetentionDays: number;
}
