import type { BatchRef } from '../domain/batch';
import { documentId } from '../domain/ids';
import type { Anomaly, KafkaRecord, ScoredFields } from '../domain/record';
import { noReplayCounts, type ReplayCounts } from '../domain/replay';
import { emptyShadow, MAX_SHADOW_EXAMPLES, type ShadowReport } from '../domain/shadow';
import type { ScoringRules } from '../scoring/rules';
import { scoreRecord } from '../scoring/score-record';
import { lookUpExpired, type ExpiryDeps } from './expired-records';
import type { DecodeRecord, LetterIndex } from './ports';
import type { StoredVerdict, StoredVerdicts } from './replay-ports';

export interface ShadowDeps extends ExpiryDeps {
  decode: DecodeRecord;
  rules: ScoringRules;
  letters: LetterIndex;
  verdicts: StoredVerdicts;
}

/**
 * Scores records with other rules and compares that with what their documents say. Writes nothing. A record that has
 * a dead letter is not decoded: it may be one that kills its process.
 */
export async function compareStretch(
  ref: BatchRef,
  records: KafkaRecord[],
  changed: Partial<ScoringRules>,
  deps: ShadowDeps,
): Promise<{ counts: ReplayCounts; shadow: ShadowReport }> {
  const rules = { ...deps.rules, ...changed };
  const counts = noReplayCounts();
  const shadow = emptyShadow();
  const { generation, partition } = ref;
  const placed = ({ offset, timestamp }: KafkaRecord) => ({ generation, partition, offset, timestamp });
  const expired = await lookUpExpired(records.map(placed), deps);
  const kept = records.filter((record) => !expired.document(placed(record)));
  counts.expired = records.length - kept.length;
  if (kept.length === 0) return { counts, shadow };
  const letters = await deps.letters.inRange(ref, kept);
  const own = kept.filter(({ offset }) => !letters.has(offset));
  counts.deadLettered = kept.length - own.length;
  const messages = own.map((record) => ({ record, logs: logsOf(deps.decode(record)) }));
  const places = messages.flatMap(({ record: { offset, timestamp }, logs }) =>
    logs.map(({ part }) => ({ offset, timestamp, part })),
  );
  const stored = (await deps.verdicts.read(ref, places)).values();
  for (const { record, logs } of messages) {
    const verdicts = logs.map(() => stored.next().value);
    if (logs.length === 0) counts.filtered += 1;
    else if (verdicts.includes(undefined)) counts.missing += 1;
    else counts.present += 1;
    logs.forEach(({ part, fields }, at) => {
      const before = verdicts[at];
      const id = documentId({ generation, partition, offset: record.offset, part });
      if (before && fields) compare(shadow, id, before, scoreRecord(fields, rules));
    });
  }
  return { counts, shadow };
}

/** Each log of a record, with what is scored of it where it can be decoded; none where there is no log at all. */
function logsOf(decoded: ReturnType<DecodeRecord>): { part?: number; fields?: ScoredFields }[] {
  if (decoded.kind === 'filtered') return [];
  if (decoded.kind === 'several') {
    return decoded.parts.map((one, part) => (one.kind === 'record' ? { part, fields: one.record } : { part }));
  }
  return [decoded.kind === 'record' ? { fields: decoded.record } : {}];
}

function compare(report: ShadowReport, id: string, before: StoredVerdict, after: Anomaly): void {
  report.compared += 1;
  report.before[bucketOf(before.score)]! += 1;
  report.after[bucketOf(after.score)]! += 1;
  if (before.score !== after.score) report.rescored += 1;
  if (before.isAnomaly === after.is_anomaly) return;
  const change = after.is_anomaly ? 'gained' : 'lost';
  report[change] += 1;
  if (report.examples.length >= MAX_SHADOW_EXAMPLES) return;
  const rules = after.reasons.map(({ rule }) => rule);
  report.examples.push({ id, before: before.score, after: after.score, change, rules });
}

function bucketOf(score: number): number {
  return Math.max(0, Math.min(10, Math.floor(score / 10)));
}
