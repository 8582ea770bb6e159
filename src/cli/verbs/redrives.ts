import type { Command } from 'commander';
import type { z } from 'zod';
import type { redriveSchema } from '../../api/schemas/dead-letters';
import type { Answer } from '../api';
import { EXIT } from '../failures';
import { given, orderOptions, waitOptions, type OrderNote, type WaitOptions } from '../options';
import { show, type Open, type Session } from '../session';
import { oneLine, type Terminal } from '../terminal';
import { waitUntilDone } from '../wait';
import { count } from './figures';

type Redrive = z.output<typeof redriveSchema>;

/** `sluice redrives show` and `sluice redrives cancel`. */
export function addRedriveVerbs(program: Command, open: Open, user: string, endWith: (code: number) => void): void {
  const redrives = program.command('redrives').description('redrives of dead letters that were ordered');
  const one = redrives
    .command('show')
    .argument('<operation>', 'as `sluice dead-letters redrive` gave it')
    .description('progress and result (GET /pipeline/redrives/{id})');
  waitOptions(one, 'the redrive has ended').action(async (id: string, options: WaitOptions, command: Command) => {
    const session = open(command);
    const answer = options.wait ? await waitForRedrive(session, id, options.timeout) : await readRedrive(session, id);
    finishRedrive(session, answer, endWith);
  });
  const cancel = redrives
    .command('cancel')
    .argument('<operation>')
    .description('stop it between two groups of letters (POST /pipeline/redrives/{id}/cancel)');
  orderOptions(cancel, user).action(async (id: string, { reason, actor }: OrderNote, command: Command) => {
    const session = open(command);
    const path = `/pipeline/redrives/${encodeURIComponent(id)}/cancel`;
    const answer = await session.api.post<undefined>(path, given({ reason, actor }));
    show(session, answer, (_, { say }) => say(`redrive ${id} was told to stop; what it has moved stays moved`));
  });
}

function readRedrive({ api }: Session, id: string): Promise<Answer<Redrive>> {
  return api.get<Redrive>(`/pipeline/redrives/${encodeURIComponent(id)}`);
}

/** Waits until a redrive has ended, well or not. */
export function waitForRedrive(session: Session, id: string, timeoutS: number): Promise<Answer<Redrive>> {
  return waitUntilDone(session, `redrive ${id}`, timeoutS, async () => {
    const answer = await readRedrive(session, id);
    const { state, selected, redriven, rejected } = answer.data;
    const done = !['running', 'unreachable'].includes(state);
    const share = selected === 0 ? undefined : (redriven + rejected) / selected;
    return { answer, done, share, text: `${count(redriven)} redriven, ${count(rejected)} refused again` };
  });
}

/** Shows a redrive; one that has not ended well is a problem. */
export function finishRedrive(session: Session, answer: Answer<Redrive>, endWith: (code: number) => void): void {
  show(session, answer, renderRedrive);
  if (['failed', 'cancelled', 'not_started'].includes(answer.data.state)) endWith(EXIT.problem);
}

function renderRedrive({ operation, state, actor, reason, ...counts }: Redrive, { say }: Terminal): void {
  const { selected, redriven, rejected, in_hand: inHand } = counts;
  say(oneLine(`redrive ${operation}: ${state}, ordered by ${actor}${reason ? `: ${reason}` : ''}`));
  say(
    `of ${count(selected)} letters ${count(redriven)} redriven, ${count(rejected)} refused again, ${count(inHand)} in hand`,
  );
}
