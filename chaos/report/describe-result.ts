import type { SeedResult } from '../run-seed';

/** Differences shown, of each kind. */
const SHOWN = 8;

/** A seed's result for a terminal: what happened, the figures, and what differs. */
export function describeResult(result: SeedResult): string {
  const { counts, histories, differences } = result;
  const faults = result.faults.map(({ kind, worker, began, ended }) => {
    const whose = worker === undefined ? '' : ` (worker ${worker})`;
    return `  ${seconds(began)} to ${seconds(ended)} ${kind}${whose}`;
  });
  const kinds = [...new Set(differences.map(({ kind }) => kind))];
  const found = kinds.flatMap((kind) => {
    const ofKind = differences.filter((one) => one.kind === kind);
    const more = ofKind.length > SHOWN ? [`  ${kind}: and ${ofKind.length - SHOWN} more`] : [];
    return [...ofKind.slice(0, SHOWN).map(({ what }) => `  ${kind}: ${what}`), ...more];
  });
  return [
    `seed ${result.seed}, ${result.workers} workers (${result.exits} exits by themselves):`,
    ...faults,
    `  ${result.sent} sent (${result.unknown} without an answer), ${counts.records} records in Kafka: ${counts.documents} ` +
      `documents, ${counts.letters} dead letters, ${counts.filtered} filtered; ${counts.void} void; ` +
      `${counts.duplicate} met again`,
    `  settled ${seconds(result.settledMs)} after the load; longest of ${histories.runs} histories ${histories.longest} ` +
      `events, largest payload ${histories.largestPayload} bytes`,
    `  ${differences.length} differences`,
    ...found,
  ].join('\n');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
