import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities } from '../activities';
import type { KindReport, RetentionInput, RetentionReport } from '../domain/expiry';

const { expireIndices } = proxyActivities<Pick<Activities, 'expireIndices'>>({
  heartbeatTimeout: '10s',
  startToCloseTimeout: '10m',
  // The next run of the schedule does what this one could not.
  scheduleToCloseTimeout: '50m',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});

/** Deletes once what is past its age, or says what would go. The schedule starts one every hour. */
export async function keepRetention(input: RetentionInput): Promise<RetentionReport> {
  const summary = input.dryRun ? 'dry run' : 'deletes what is past its age';
  const report = await expireIndices.executeWithOptions({ summary }, [input]);
  const gone = report.dryRun ? 'would go' : 'gone';
  const drift = report.drift
    ? [`${report.drift} settings or mappings are not as they should be, see GET /retention`]
    : [];
  const kinds = [`logs: ${describe(report.logs, gone)}`, `dead letters: ${describe(report.deadLetters, gone)}`];
  const merging = report.merging?.length ? [`being merged: ${report.merging.join(', ')}`] : [];
  setCurrentDetails([...kinds, ...merging, ...drift].join('\n\n'));
  return report;
}

function describe({ oldestKept, kept, expired, omitted }: KindReport, gone: string): string {
  return `kept from ${oldestKept} on, ${kept} indices; ${expired.length + omitted} ${gone}`;
}
