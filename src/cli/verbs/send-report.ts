import type { Account } from '../../shipping/account';
import type { Input } from '../../shipping/inputs';
import type { LeftOut } from '../../shipping/message';
import type { ShipError } from '../../shipping/ship';
import { CliFailure, EXIT } from '../failures';
import { oneLine, type Terminal } from '../terminal';
import { bytes, count } from './figures';

export interface SendTarget {
  topic: string;
  brokers: readonly string[];
  /** Of the API, for the word where to look. */
  url: string;
}

const WHY: Record<LeftOut, string> = {
  too_long: 'longer than a message may be (1 MiB)',
  not_utf8: 'no UTF-8; --encoding latin1 reads them, --raw sends them as they are',
  refused_by_kafka: "refused by Kafka: larger than the topic's max.message.bytes",
};

interface Shown {
  target: SendTarget;
  terminal: Terminal;
  json: boolean;
  ms: number;
}

/** What was sent, where it is, and how to see it. */
export function renderAccount(account: Account, { target, terminal, json, ms }: Shown): void {
  if (json) return terminal.raw(JSON.stringify(asJson(account, target, ms)));
  const { colours, say, table } = terminal;
  const { records, lines, joined, blank, cut, text } = account;
  const notes = [
    ...(joined > 0 ? [`${count(joined)} of several lines`] : []),
    ...(text > 0 ? [`${count(text)} of text`] : []),
    ...(blank > 0 ? [`${count(blank)} empty lines passed over`] : []),
    ...(cut > 0 ? [`${count(cut)} cut, as they had grown too long`] : []),
  ];
  const seconds = (ms / 1000).toFixed(1);
  const told = notes.length > 0 ? ` (${notes.join(', ')})` : '';
  say(
    `sent ${count(records)} records of ${count(lines)} lines${told}, ${bytes(account.bytes)}, ` +
      `to topic ${oneLine(target.topic)} in ${seconds} s; Kafka has acknowledged all of them`,
  );
  for (const [why, { lines: left, first }] of Object.entries(account.leftOut)) {
    say(
      colours.bad(
        `left out ${count(left)} lines: ${WHY[why as LeftOut]}; the first is ${oneLine(first.input)}:${first.line}`,
      ),
    );
  }
  if (account.partitions.size > 0) {
    const numeric = true;
    const heads = ['records', 'first offset', 'last offset'].map((head) => ({ head, numeric }));
    const rows = [...account.partitions].sort(([a], [b]) => a - b);
    table(
      [{ head: 'partition' }, ...heads],
      rows.map(([partition, one]) => [String(partition), count(one.records), String(one.first), String(one.last)]),
    );
    const [partition, { first, last }] = rows[0]!;
    terminal.note(
      `Where they are now: sluice ledger; curl '${target.url}/logs?partition=${partition}&offset=${first}..${last}'`,
    );
  }
}

function asJson(account: Account, { topic }: SendTarget, ms: number): object {
  const { lines, blank, records, bytes: sent, text, joined, cut, leftOut, partitions, inputs } = account;
  return {
    ...{ topic, lines, blank, records, bytes: sent, text, joined, cut, took_ms: Math.round(ms) },
    left_out: leftOut,
    partitions: [...partitions]
      .sort(([a], [b]) => a - b)
      .map(([partition, { records: some, first, last }]) => {
        return { partition, records: some, first_offset: String(first), last_offset: String(last) };
      }),
    inputs: inputs.map(({ name, doneTo, whole, problem }) => ({ name, done_to_line: doneTo, whole, problem })),
  };
}

/** The exit code of a sending that has come to its end, with a word on what was not sent. */
export function endOf(account: Account, interrupted: boolean, inputs: readonly Input[], { note }: Terminal): number {
  for (const { name, problem, doneTo } of account.inputs) {
    if (problem !== undefined)
      note(`cannot read ${oneLine(name)} to its end: ${problem}; ${count(doneTo)} lines of it are sent`);
  }
  if (interrupted) {
    note(`Interrupted. ${continuation(account, inputs)}`);
    return EXIT.interrupted;
  }
  const isWhole = Object.keys(account.leftOut).length === 0 && account.inputs.every(({ whole }) => whole);
  return isWhole ? EXIT.ok : EXIT.problem;
}

/** What ends the command when Kafka does not take the lines. */
export function failureOf(
  { account, unsure, cause }: ShipError,
  target: SendTarget,
  inputs: readonly Input[],
): CliFailure {
  const { input, from, to } = unsure;
  const lines = from === to ? `line ${from}` : `lines ${from} to ${to}`;
  return new CliFailure(
    EXIT.unreachable,
    `${kafkaTrouble(cause, target)} ${lines[0]!.toUpperCase()}${lines.slice(1)} of ${oneLine(input)} may or may not have arrived. ` +
      continuation(account, inputs),
    undefined,
    { cause },
  );
}

/** What is wrong with Kafka, with what to do. */
export function kafkaTrouble(error: unknown, { brokers }: SendTarget): string {
  const { code, message } = error as { code?: string; message: string };
  const at = brokers.join(', ');
  if (code === 'topic_missing') {
    return `${message} at ${at}: a worker makes that of KAFKA_TOPIC when it starts; --topic or KAFKA_TOPIC says which is meant.`;
  }
  if (code === 'kafka_denied') return `${message}.`;
  if (code === 'kafka_unavailable') {
    return `Kafka does not answer at ${at}. Is it running (\`make status\`)? --brokers or KAFKA_BROKERS says where it is.`;
  }
  throw error;
}

/** How to go on behind what is acknowledged. */
function continuation({ inputs: done }: Account, inputs: readonly Input[]): string {
  const at = done.findIndex(({ whole }) => !whole);
  const begun = at < 0 ? undefined : done[at];
  const rest = inputs.slice(at < 0 ? done.length : at).map(({ name }) => oneLine(name));
  if (rest.length === 0) return 'Everything was sent.';
  if (rest[0] === '-') {
    return `Lines 1 to ${begun?.doneTo ?? 0} of standard input are acknowledged or named above; what was piped in behind them is gone from here.`;
  }
  const from = (begun?.doneTo ?? 0) + 1;
  return `Go on with the same options and: --from-line ${from} ${rest.join(' ')}`;
}
