import type { Command } from 'commander';
import type { PartitionView, PipelineView, TemporalPauseView } from '../../api/schemas/pipeline';
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
export function renderStatus(pipeline: PipelineView, terminal: Terminal): void {
  const { topic, state, note, partitions, totals } = pipeline;
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
  for (const line of describePause('supervisor', pipeline)) say(line);
  for (const partition of partitions) {
    const name = `partition ${partition.partition}`;
    for (const line of [...describeHold(name, partition), ...describePause(name, partition), ...adviseOn(partition)])
      say(line);
  }
}

/** What an order of Sluice's own keeps a partition from, since when, by whom and until when. */
function describeHold(name: string, { hold }: PartitionView): string[] {
  if (!hold) return [];
  const what = {
    pause: 'held by a pause',
    drain: 'held by a drain',
    'stop-at': `held at offset ${hold.offset}`,
  }[hold.kind];
  const until = hold.expires_at === undefined ? 'until a resume' : `until ${hold.expires_at}`;
  return [`${name}: ${what} since ${hold.since}${saidBy(hold)}, ${until}`];
}

/** What Temporal itself has paused, and the command that ends it: no order of Sluice's does. */
function describePause(name: string, of: { temporal_pause: TemporalPauseView; workflow_id: string }): string[] {
  const { temporal_pause: pause, workflow_id: id } = of;
  if (!pause) return [];
  const { activity = '', activity_id: activityId = '' } = pause;
  const what = pause.of === 'workflow' ? 'its workflow' : activity;
  const command =
    pause.of === 'workflow'
      ? `temporal workflow unpause --workflow-id ${id}`
      : `temporal activity unpause --workflow-id ${id} --activity-id ${activityId}`;
  const since = pause.since === undefined ? '' : ` since ${pause.since}`;
  return [
    oneLine(`${name}: Temporal has paused ${what}${since}${saidBy(pause)}`),
    `  goes on with: ${oneLine(command)}`,
  ];
}

function saidBy({ actor, reason }: { actor?: string | undefined; reason?: string | undefined }): string {
  return `${actor === undefined ? '' : ` by ${oneLine(actor)}`}${reason === undefined ? '' : ` (${oneLine(reason)})`}`;
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
