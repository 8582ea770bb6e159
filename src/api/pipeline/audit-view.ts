import { noFindings, type AuditCounts, type AuditReport, type AuditState } from '../../domain/audit';
import type { AuditReading } from '../ports';
import type { AuditView } from '../schemas/audit';

/** An audit as the API shows it. */
export function auditView(
  id: string,
  reading: AuditReading,
  workflow: { workflow_id: string; workflow_url: string },
): AuditView {
  const { status, startedAt, endedAt, state, currentShare, failing } = reading;
  const report = reading.report ?? state?.report;
  const whole = reading.report ? reading.report.partitions.length + reading.report.omitted : undefined;
  return {
    id,
    status,
    started_at: startedAt,
    ended_at: endedAt ?? null,
    progress: {
      percent: reading.report ? 100 : percent(state, currentShare),
      partitions: whole ?? state?.total ?? null,
      judged: whole ?? state?.judged ?? null,
      current_partition: state?.current ?? null,
    },
    failing: failing ?? null,
    result: report ? resultView(report) : null,
    ...workflow,
  };
}

function percent(state: AuditState | undefined, currentShare = 0): number | null {
  if (!state) return null;
  if (state.total === 0) return 0;
  const share = (state.judged + (state.judged < state.total ? currentShare : 0)) / state.total;
  return Math.min(100, Math.round(share * 1000) / 10);
}

function resultView({ verdict, counts, names, partitions, omitted }: AuditReport): AuditView['result'] {
  return {
    verdict,
    counts: shownCounts(counts),
    names,
    partitions: partitions.map(({ sums, ...rest }) => {
      // An audit of before did not ask the retention, nor count documents of several log records in one message.
      const expired = sums?.expired ?? { found: rest.counts.expired, booked: 0 };
      return { ...rest, counts: shownCounts(rest.counts), sums: sums ? { ...sums, expired } : null };
    }),
    omitted_partitions: omitted,
  };
}

function shownCounts(counts: AuditCounts): NonNullable<AuditView['result']>['counts'] {
  const { moreDocuments, ...rest } = { ...noFindings(), ...counts };
  return { ...rest, more_documents: moreDocuments };
}
