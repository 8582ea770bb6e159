import type { Command } from 'commander';
import type { PartitionView, PipelineView } from '../../api/schemas/pipeline';
import { show, type Open } from '../session';
import { oneLine, type Paint, type Terminal } from '../terminal';
import { count, FATE_COLUMNS, fateCells, offset } from './figures';

/** `sluice status`: GET /pipeline. */
export function addStatusVerb(program: Command, open: Open): void {
  program
    .command('status')
    .description('state, lag and fates of each partition (GET /pipeline)')
    .action(async (_options: object, command: Command) => {
      const session = open(command);
      show(session, await session.api.get<PipelineView>('/pipeline'), renderStatus);
    });
}

/** The state of the pipeline for people, and what to do about partitions that stand. */
export function renderStatus({ topic, state, note, partitions, totals }: PipelineView, terminal: Terminal): void {
  const { colours, say, table } = terminal;
  const all = { ...totals, partition: 'all', state, next_offset: null, end_offset: null, counts: totals };
  say(`topic ${oneLine(topic)}: ${paintOf(state, terminal)(state)}`);
  if (note) say(colours.warn(oneLine(note)));
  table(
    [
      ...[{ head: 'partition' }, { head: 'state' }],
      ...['next', 'end', 'lag'].map((head) => ({ head, numeric: true })),
      ...FATE_COLUMNS,
    ],
    [...partitions, ...(partitions.length > 1 ? [all] : [])].map((one) => [
      String(one.partition),
      paintOf(one.state, terminal)(oneLine(one.state)),
      ...[offset(one.next_offset), offset(one.end_offset), count(one.lag), ...fateCells(one.counts)],
    ]),
  );
  for (const partition of partitions) {
    for (const line of adviseOn(partition)) say(line);
  }
}

/** The first word of a state: `halted` of `halted: offset_out_of_range`. */
export function kindOfState(state: string): string {
  return /^[\w-]+/.exec(state)?.[0] ?? state;
}

function paintOf(state: string, { colours }: Terminal): Paint {
  const kind = kindOfState(state);
  if (kind === 'running') return colours.good;
  return ['halted', 'stopped', 'absent', 'unreachable'].includes(kind) ? colours.bad : colours.warn;
}

function adviseOn({ partition, state, last_error: error, gap }: PartitionView): string[] {
  if (kindOfState(state) === 'running' || !error) return [];
  const lines = [`partition ${partition}: ${oneLine(`${error.code}: ${error.message}`)} (${error.at})`];
  if (kindOfState(state) !== 'halted') return lines;
  if (gap) lines.push(`  takes that on: sluice accept-gap --partition ${partition} --to ${gap.to}`);
  else if (error.code === 'topic_recreated')
    lines.push(`  reads the new topic: sluice rebind --partition ${partition}`);
  else lines.push('  tries again, once that is mended: sluice resume');
  return lines;
}
