import type { Command } from 'commander';
import type { LedgerView } from '../../api/schemas/ledger';
import { show, type Open } from '../session';
import { oneLine, type Terminal } from '../terminal';
import { count, FATE_COLUMNS, fateCells, offset } from './figures';

/** `sluice ledger`: GET /pipeline/ledger. */
export function addLedgerVerb(program: Command, open: Open): void {
  program
    .command('ledger')
    .description('the account of every offset (GET /pipeline/ledger)')
    .action(async (_options: object, command: Command) => {
      const session = open(command);
      show(session, await session.api.get<LedgerView>('/pipeline/ledger'), renderLedger);
    });
}

function renderLedger({ topic, source, missing, partitions, totals }: LedgerView, terminal: Terminal): void {
  const { colours, say, table } = terminal;
  say(`topic ${oneLine(topic)}: ${count(totals.offsets)} offsets, from ${source}`);
  if (missing.length > 0) say(colours.warn(`did not answer: ${missing.join(', ')}; what only they know is -`));
  const numeric = true;
  const shownImbalance = (value: number | null) => (value ? colours.bad(count(value)) : count(value));
  const all = { ...totals, partition: 'all', generation: null, first_offset: null, next_offset: null };
  const rows = [...partitions, ...(partitions.length > 1 ? [all] : [])].flatMap((one) => [
    [
      String(one.partition),
      ...[count(one.generation), offset(one.first_offset), offset(one.next_offset), count(one.lag)],
      ...[...fateCells(one.fates), count(one.documents), count(one.redriven), shownImbalance(one.imbalance)],
    ],
    ...('closed' in one ? one.closed : []).map((account) => [
      `${one.partition} (closed)`,
      ...[count(account.generation), offset(account.first_offset), offset(account.next_offset), '-'],
      ...[...fateCells(account.fates), count(account.documents), '-', shownImbalance(account.imbalance)],
    ]),
  ]);
  const heads = ['generation', 'first', 'next', 'lag'].map((head) => ({ head, numeric }));
  const ends = ['documents', 'redriven', 'imbalance'].map((head) => ({ head, numeric }));
  table([{ head: 'partition' }, ...heads, ...FATE_COLUMNS, ...ends], rows);
  const off = partitions.some(({ imbalance, closed }) => imbalance || closed.some((one) => one.imbalance));
  if (off) say(colours.bad('the fates do not add up: run `sluice audit --wait`, and report it with its answer'));
}
