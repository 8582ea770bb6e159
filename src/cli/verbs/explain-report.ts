import type { Explanation } from '../../explain/explain-record';
import { oneLine, printable, type Terminal } from '../terminal';

/** What of a stored log says how it came to be. */
export interface StoredLog {
  id: string;
  event?: { format?: string; time_source?: string; time_suspect?: boolean };
  anomaly: { score: number; severity: string; is_anomaly: boolean; reasons: { rule: string; weight: number }[] };
  kafka: { partition: number; offset: number };
  [field: string]: unknown;
}

const VERDICTS = { recognised: 'yes', no: 'no', not_asked: 'not asked', not_allowed: 'not allowed on this topic' };

/** Shows an explanation to people. */
export function renderExplanation(explained: Explanation, terminal: Terminal): void {
  const { colours, say, table } = terminal;
  const { fate, format, formats, redacted, score, document, dead_letter: letter, log_records: count } = explained;
  if (letter) {
    say(
      colours.bad(
        `dead letter ${letter.code}${letter.field ? ` at ${oneLine(letter.field)}` : ''}: ${oneLine(letter.detail)}`,
      ),
    );
    say(`What to do: ${letter.advice}.`);
  } else if (fate === 'filtered') say('nothing: a tombstone is no log');
  else say(`indexed as ${colours.bold(format!)}`);
  if (count !== undefined) say(`The message holds ${count} log records; what follows is of the first good one.`);
  say('');
  table(
    ['format', 'is it?', 'known by'].map((head) => ({ head })),
    formats.map(({ format: name, verdict, marks }) => [name, VERDICTS[verdict], marks]),
  );
  say('');
  const found = Object.entries(redacted).map(([rule, times]) => `${rule} ${times}`);
  say(`redacted: ${found.length > 0 ? colours.warn(found.join(', ')) : 'nothing'}`);
  if (score) {
    const paint = score.is_anomaly ? colours.bad : colours.good;
    const verdict = score.is_anomaly ? 'an anomaly' : 'no anomaly';
    say(
      `score: ${paint(`${score.score}, ${score.severity}, ${verdict}`)} (anomalies are from ${score.threshold} on: SCORE_ANOMALY_THRESHOLD)`,
    );
    say('');
    table(
      [{ head: 'field' }, { head: 'value' }, { head: 'points', numeric: true }, { head: 'rule' }, { head: 'why' }],
      score.parts.map(({ field, value, points, rule, setting, why }) => [
        ...[field, value === null ? '-' : oneLine(String(value)), String(points)],
        ...[rule === undefined ? '-' : `${rule} (${setting})`, why],
      ]),
    );
  }
  if (document === undefined) return;
  say('');
  say('The document; kafka, epoch and ingested_at stand for what they would be:');
  say(printable(pretty(document)));
}

/** With line breaks, where that alters no number. */
function pretty(document: string): string {
  const value: unknown = JSON.parse(document);
  return JSON.stringify(value) === document ? JSON.stringify(value, null, 2) : document;
}

/** What a stored log says of how it came to be. */
export function renderStored(log: StoredLog, { say, table, colours }: Terminal): void {
  const { id, event, anomaly, kafka } = log;
  say(
    `${id}: partition ${kafka.partition}, offset ${kafka.offset}, indexed as ${colours.bold(oneLine(event?.format ?? 'sluice'))}`,
  );
  if (event?.time_source === 'kafka') say("It had no time that could be read: its own is Kafka's.");
  if (event?.time_suspect === true) say("Its time is far from Kafka's.");
  const marks = [...JSON.stringify(log).matchAll(/\[redacted:([a-z_]{2,10})\]|\[([a-z_]{2,10}):[\da-f]{16}\]/g)];
  say(
    `redacted: ${marks.length > 0 ? colours.warn(marks.map(([, plain, keyed]) => plain ?? keyed).join(', ')) : 'nothing'}`,
  );
  const { score, severity, is_anomaly: isAnomaly, reasons } = anomaly;
  say(`score: ${score}, ${oneLine(severity)}, ${isAnomaly ? 'an anomaly' : 'no anomaly'}`);
  if (reasons.length > 0) {
    table(
      [{ head: 'rule' }, { head: 'points', numeric: true }],
      reasons.map(({ rule, weight }) => [oneLine(rule), String(weight)]),
    );
  }
  say('');
  say(printable(JSON.stringify(log, null, 2)));
}
