import type { Explanation } from '../../explain/explain-record';
import type { LocalTools } from '../../local-tools';
import { ship, type ShipDeps, type ShipOptions } from '../../shipping/ship';
import type { Input } from '../../shipping/inputs';
import { EXIT } from '../failures';
import type { Surroundings } from '../session';
import { createTerminal } from '../terminal';
import { count } from './figures';
import { endOf } from './send-report';

interface DryRun {
  shipOptions: ShipOptions;
  approve: ShipDeps['approve'];
  tools: LocalTools;
  topic: string;
  surroundings: Surroundings;
  stopping: AbortController;
}

interface Tally {
  records: number;
  anomalies: number;
  secrets: number;
}

/** Reads and joins everything, and counts what a pipeline with the settings of this environment would make of it. Connects to nothing. */
export async function dryRun(inputs: readonly Input[], given: DryRun): Promise<number> {
  const { shipOptions, approve, tools, topic, surroundings, stopping } = given;
  const terminal = createTerminal(surroundings, surroundings.env);
  const tallies = new Map<string, Tally>();
  // What is sent as it is meets a topic that allows text.
  const explain = tools.createExplain(
    topic,
    shipOptions.form.raw && !tools.takesText(topic) ? ['auto', 'text'] : undefined,
  );
  const account = await ship(
    inputs,
    { ...shipOptions, rate: 0 },
    {
      producer: {
        async send(values) {
          for (const value of values) note(tallies, explain(value));
          return { partition: 0, offset: 0 };
        },
      },
      ...{ approve, signal: stopping.signal, onProgress: () => undefined },
      now: () => performance.now(),
      sleep: async () => undefined,
    },
  );
  terminal.say(`${count(account.records)} records of ${count(account.lines)} lines would be sent; nothing was`);
  const numeric = true;
  terminal.table(
    [{ head: 'becomes' }, ...['records', 'anomalies', 'with secrets'].map((head) => ({ head, numeric }))],
    [...tallies].map(([what, one]) => [what, count(one.records), count(one.anomalies), count(one.secrets)]),
  );
  const code = endOf(account, stopping.signal.aborted, [], terminal);
  const isSound = [...tallies.keys()].every((what) => !what.startsWith('dead letter'));
  return code === EXIT.ok && !isSound ? EXIT.problem : code;
}

function note(tallies: Map<string, Tally>, explained: Explanation): void {
  const { fate, format, dead_letter: letter, score, redacted } = explained;
  const what = letter ? `dead letter ${letter.code}` : fate === 'filtered' ? 'nothing (a tombstone)' : format!;
  const tally = tallies.get(what) ?? { records: 0, anomalies: 0, secrets: 0 };
  tally.records += 1;
  if (score?.is_anomaly) tally.anomalies += 1;
  if (Object.keys(redacted).length > 0) tally.secrets += 1;
  tallies.set(what, tally);
}
