import type { ReplayView } from '../../api/schemas/replays';
import { oneLine, type Terminal } from '../terminal';
import { count } from './figures';

/** The list of replays for people. */
export function renderReplays({ replays }: { replays: ReplayView[] }, { say, table }: Terminal): void {
  if (replays.length === 0) return say('no replay was ordered yet');
  table(
    [
      ...['id', 'mode', 'status', 'ordered', 'by'].map((head) => ({ head })),
      ...['done', 'of', 'percent'].map((head) => ({ head, numeric: true })),
    ],
    replays.map(({ id, mode, dry_run: dry, status, ordered_at: at, actor, progress }) => [
      ...[id, dry ? `${mode}, dry run` : mode, status, at, oneLine(actor)],
      ...[count(progress.done), count(progress.total), percentOf(progress.percent)],
    ]),
  );
}

/** One replay for people: what there was, how far it is, and what became of it. */
export function renderReplay(replay: ReplayView, terminal: Terminal): void {
  const { colours, say, table } = terminal;
  const { id, mode, dry_run: dry, status, actor, reason, findings, progress, pause, failing, shadow } = replay;
  const paint = status === 'done' ? colours.good : ['failed', 'stopped'].includes(status) ? colours.bad : colours.warn;
  const order = oneLine(`${mode}${dry ? ', dry run' : ''}, ordered by ${actor}${reason ? `: ${reason}` : ''}`);
  say(`replay ${id}: ${paint(status)} (${order})`);
  if (pause) say(oneLine(`paused by ${pause.actor ?? 'somebody'}${pause.reason ? `: ${pause.reason}` : ''}`));
  if (failing) say(colours.warn(oneLine(`${failing.code}: ${failing.message}`)));
  if (findings) {
    const { offsets, beyond, ...rest } = findings;
    say(`found at ${count(offsets)} offsets: ${named(rest)}`);
    if (beyond > 0) say(`${count(beyond)} more are left to the pipeline, which has not reached them`);
  }
  if (!dry) {
    const eta = progress.eta_seconds === null ? '' : `, ${count(Math.ceil(progress.eta_seconds))} s to go`;
    const rate =
      progress.records_per_second === null ? '' : `, ${count(Math.round(progress.records_per_second))} a second`;
    say(`${count(progress.done)} of ${count(progress.total)} done (${percentOf(progress.percent)}${rate}${eta})`);
    say(named(progress.counts) || 'nothing was done yet');
  }
  if (!shadow) return;
  say(
    `${count(shadow.compared)} compared: ${named({ gained: shadow.gained, lost: shadow.lost, rescored: shadow.rescored })}`,
  );
  table(
    [{ head: 'score from' }, ...['now', 'then'].map((head) => ({ head, numeric: true }))],
    shadow.scores.before.map((before, bucket) => [
      String(bucket * 10),
      count(before),
      count(shadow.scores.after[bucket]),
    ]),
  );
  for (const { id: document, before, after, change, rules } of shadow.examples) {
    say(oneLine(`${change}: ${document}, ${before} to ${after}: ${rules.join(', ')}`));
  }
}

function percentOf(percent: number | null): string {
  return percent === null ? '-' : `${Math.floor(percent)}%`;
}

/** `12 written, 3 void`: what is not 0. */
function named(counts: Record<string, number>): string {
  return Object.entries(counts)
    .filter(([, number]) => number > 0)
    .map(([name, number]) => `${count(number)} ${name.replaceAll('_', '-')}`)
    .join(', ');
}
