import { randomUUID } from 'node:crypto';
import { Option, type Command } from 'commander';
import type { z } from 'zod';
import type { acceptedSchema } from '../../api/schemas/operations';
import type { PipelineView } from '../../api/schemas/pipeline';
import type { Answer } from '../api';
import {
  given,
  orderOptions,
  requestIdOption,
  toOffset,
  toSeconds,
  toWhole,
  waitOptions,
  type OrderNote,
  type WaitOptions,
} from '../options';
import { show, type Open, type Session } from '../session';
import { oneLine, type Terminal } from '../terminal';
import { waitUntilDone } from '../wait';
import { kindOfState } from './status';

interface MessageOptions extends OrderNote, WaitOptions {
  partition?: number;
  to?: string;
  keep?: boolean;
  offset?: string;
  forSeconds?: number;
  expiresAt?: string;
}

interface Message {
  verb: string;
  description: string;
  /** When `--wait` returns, in words and by the state of a partition. */
  until: string;
  reached: (state: string) => boolean;
  options?: (command: Command) => Command;
}

const answers = (state: string) => !['unreachable', 'absent', 'stopped'].includes(kindOfState(state));

const isPaused = (state: string) => kindOfState(state) === 'paused';

const MESSAGES: readonly Message[] = [
  {
    verb: 'pause',
    description: 'finish what is in flight, and read nothing more',
    until: 'every partition is paused',
    reached: isPaused,
    options: (command) =>
      command
        .addOption(new Option('--for-seconds <seconds>', 'resumes by itself after that').argParser(toSeconds))
        .addOption(
          new Option('--expires-at <time>', 'resumes by itself then: ISO 8601, as 2026-11-24T18:00:00Z').conflicts(
            'forSeconds',
          ),
        ),
  },
  {
    verb: 'drain',
    description: 'finish all that is in Kafka by now, then pause',
    until: 'every partition is drained and paused',
    reached: isPaused,
  },
  {
    verb: 'stop-at',
    description: 'read nothing from an offset on: run up to it, then pause',
    until: 'the offset is reached',
    reached: isPaused,
    options: (command) => command.requiredOption('--offset <offset>', 'nothing from here on is read', toOffset),
  },
  {
    verb: 'resume',
    description: 'undo pause, drain and stop-at; partitions that halted try again',
    until: 'every partition goes on',
    reached: (state) => answers(state) && !['paused', 'pausing', 'draining', 'halted'].includes(kindOfState(state)),
  },
  {
    verb: 'accept-gap',
    description: 'go on after records that Kafka has deleted unread, or that cannot be read',
    until: 'no partition is halted by a gap',
    reached: (state) => answers(state) && !/^halted: (?:offset_out_of_range|batch_unreadable)/.test(state),
    options: (command) => command.option('--to <offset>', 'end of the gap as `sluice status` shows it', toOffset),
  },
  {
    verb: 'rebind',
    description: 'go on with a topic that was created anew',
    until: 'no partition is halted by its topic',
    reached: (state) => answers(state) && !state.startsWith('halted: topic_recreated'),
    options: (command) => command.option('--keep', 'it is the same topic, and only its commits are gone'),
  },
];

/** What steers the pipeline: `sluice pause` is POST /pipeline/pause, and so on. */
export function addMessageVerbs(program: Command, open: Open, actor: string): void {
  for (const message of MESSAGES) addMessage(program, open, actor, message);
}

function addMessage(program: Command, open: Open, user: string, message: Message): void {
  const { verb, description, until, reached, options } = message;
  const command = program.command(verb).description(`${description} (POST /pipeline/${verb})`);
  command.option('--partition <number>', 'only this one', toWhole);
  options?.(command);
  requestIdOption(orderOptions(command, user));
  waitOptions(command, until);
  command.action(async ({ wait, timeout, ...order }: MessageOptions) => {
    const session = open(command);
    const { requestId, partition, forSeconds, expiresAt, ...fields } = order;
    const body = given({ ...fields, partition, for_seconds: forSeconds, expires_at: expiresAt });
    const sent = await session.api.post<Accepted>(`/pipeline/${verb}`, {
      ...body,
      request_id: requestId ?? randomUUID(),
    });
    if (!wait) return show(session, sent, renderAccepted);
    if (!session.json) renderAccepted(sent.data, session.terminal);
    const pipeline = await waitForState(session, `${verb}: until ${until}`, timeout, partition, reached);
    show(session, pipeline, ({ partitions }, terminal) => renderStates(partitions, terminal));
  });
}

function waitForState(
  session: Session,
  what: string,
  timeoutS: number,
  partition: number | undefined,
  reached: (state: string) => boolean,
): Promise<Answer<PipelineView>> {
  return waitUntilDone(session, what, timeoutS, async () => {
    const answer = await session.api.get<PipelineView>('/pipeline');
    const meant = answer.data.partitions.filter((one) => partition === undefined || one.partition === partition);
    const open = meant.filter(({ state }) => !reached(state));
    return {
      answer,
      done: meant.length > 0 && open.length === 0,
      share: meant.length === 0 ? undefined : 1 - open.length / meant.length,
      text: open.map((one) => `partition ${one.partition} is ${one.state}`).join(', ') || 'no partition is there yet',
    };
  });
}

type Accepted = z.output<typeof acceptedSchema>;

function renderAccepted(answer: Accepted, { say, table }: Terminal): void {
  const { signal, workflow_id: workflow, acknowledged, duplicate, partitions, advice } = answer;
  if (!acknowledged && advice !== undefined) return say(`${signal} was left: ${oneLine(advice)}`);
  if (!acknowledged)
    return say(`${signal} was left with ${oneLine(workflow)}; \`sluice status\` shows when it has its effect`);
  say(duplicate ? `${signal} had been taken before under this request id: nothing was changed` : `${signal} was taken`);
  table(
    [{ head: 'partition' }, { head: 'state' }],
    partitions.map(({ partition, status, refused }) => [
      String(partition),
      oneLine(refused === undefined ? status : `${status} (${refused})`),
    ]),
  );
}

function renderStates(partitions: PipelineView['partitions'], { table }: Terminal): void {
  table(
    [{ head: 'partition' }, { head: 'state' }],
    partitions.map(({ partition, state }) => [String(partition), oneLine(state)]),
  );
}
