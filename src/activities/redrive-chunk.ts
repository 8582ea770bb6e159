import { Context } from '@temporalio/activity';
import { PipelineError } from '../domain/errors';
import type { Rejection } from '../domain/record';
import { lookUpExpired, type Expired, type ExpiryDeps } from './expired-records';
import { beat } from './heartbeat';
import { demandEpoch } from './pull-batch';
import { claimLetters, putBack, settleLetters } from './redrive-claims';
import { judgeMessage } from './redrive-judge';
import type { HeldLetter, LetterPlace, RedriveLetters, RedriveOrders, RedriveRuns } from './redrive-ports';
import { writeScored, type RedriveItem, type ScoredMessage } from './redrive-write';
import type { PrepareDeps } from './score-batch';
import {
  refuseOwnBytes,
  type RedriveInput,
  type RedriveOrder,
  type RedriveProgress,
  type RedriveSkip,
} from '../domain/redrive';

export interface RedriveDeps extends PrepareDeps, ExpiryDeps {
  redriveLetters: RedriveLetters;
  redriveOrders: RedriveOrders;
  redriveRuns: RedriveRuns;
}

export interface RedriveChunkResult {
  progress: RedriveProgress;
  done: boolean;
}

/** Letters of one step. */
const CHUNK = 200;
/** Bytes of records that are in memory at the same time; one larger record still goes alone. */
const GROUP_BYTES = 4 * 1024 * 1024;

/**
 * A stretch of a redrive: decodes, scores and indexes the records of some letters again, and moves each letter by
 * compare-and-set: open, redriving, redriven; back to open when the record is refused again.
 *
 * A letter in hand carries the operation's id, so that a next attempt, after whatever crash, goes on with it, and another
 * operation leaves it alone. What an earlier attempt has moved is counted from the letters themselves.
 */
export function createRedriveChunk(deps: RedriveDeps) {
  return async function redriveChunk(input: RedriveInput): Promise<RedriveChunkResult> {
    const { topic, operation, progress: before } = input;
    const { cancellationSignal } = Context.current();
    return beat(async () => {
      const order = await deps.redriveOrders.read(operation);
      if (!order) throw new PipelineError('redrive_missing', `there is no order of redrive ${operation}`);
      const epoch = await deps.redriveRuns.epoch(topic);
      demandEpoch(epoch, deps.rulesHash);
      const filter = { ...order.filter, states: ['open', 'redriving'] as const };
      const page = await deps.redriveLetters.page(filter, before?.after, CHUNK);
      const skipped = { ...before?.skipped };
      const run = new ChunkRun(topic, order, epoch.number, deps, (why) => (skipped[why] = (skipped[why] ?? 0) + 1));
      for (const group of groupsOf(page)) {
        cancellationSignal.throwIfAborted();
        await run.redrive(group);
      }
      const moved = await deps.redriveLetters.countByOperation(operation);
      const last = page.at(-1);
      const after = last && { generation: last.generation, partition: last.partition, offset: last.offset };
      return {
        done: page.length < CHUNK,
        progress: {
          after: after ?? before?.after,
          seen: (before?.seen ?? 0) + page.length,
          redriven: moved.redriven + moved.resolved,
          rejected: moved.open,
          skipped,
        },
      };
    });
  };
}

function* groupsOf(page: LetterPlace[]): Generator<LetterPlace[]> {
  let group: LetterPlace[] = [];
  let bytes = 0;
  for (const place of page) {
    if (group.length > 0 && bytes + place.bytes > GROUP_BYTES) {
      yield group;
      [group, bytes] = [[], 0];
    }
    group.push(place);
    bytes += place.bytes;
  }
  if (group.length > 0) yield group;
}

class ChunkRun {
  constructor(
    private readonly topic: string,
    private readonly order: RedriveOrder,
    private readonly epoch: number,
    private readonly deps: RedriveDeps,
    private readonly skip: (why: RedriveSkip) => void,
  ) {}

  async redrive(places: LetterPlace[]): Promise<void> {
    const { deps, epoch } = this;
    const letters = await this.#mine(await deps.redriveLetters.load(places));
    const expired = await lookUpExpired(letters, deps);
    const items: RedriveItem[] = [];
    const refused: { letter: HeldLetter; rejection: Rejection }[] = [];
    for (const letter of letters) {
      const judged = await this.#judge(letter, expired);
      if (judged === undefined) continue;
      if ('code' in judged) refused.push({ letter, rejection: judged });
      else items.push({ letter, message: judged });
    }
    await putBack(refused, this.#mark, deps);
    const claimed = await claimLetters(items, this.#mark, deps, () => this.skip('taken'));
    const outcomes = await writeScored(this.topic, epoch, claimed, deps);
    await settleLetters(
      claimed
        .filter(({ letter }) => outcomes.get(letter.id) === 'written')
        .map(({ letter, message }) => ({ letter, documents: message.of })),
      this.#mark,
      deps,
    );
    const again = claimed.flatMap(({ letter }) => {
      const outcome = outcomes.get(letter.id)!;
      if (outcome === 'written') return [];
      if (outcome !== 'foreign') return [{ letter, rejection: outcome }];
      this.skip('foreign_document');
      return [{ letter, rejection: letter.reason }];
    });
    await putBack(again, this.#mark, deps);
  }

  get #mark() {
    return { operation: this.order.operation, epoch: this.epoch, edited: this.order.editedBody !== undefined };
  }

  /** The letters that this operation may take hold of. One that a redrive left behind when it was ended is anybody's. */
  async #mine(letters: HeldLetter[]): Promise<HeldLetter[]> {
    const running = new Map<string, Promise<boolean>>();
    const isFree = async ({ state, operation }: HeldLetter) => {
      // An open letter with our mark was refused in an earlier attempt of this step: once is enough.
      if (operation === this.order.operation) return state === 'redriving';
      if (state !== 'redriving' || operation === undefined) return state === 'open';
      if (!running.has(operation)) running.set(operation, this.deps.redriveRuns.isRunning(operation));
      return !(await running.get(operation));
    };
    const mine: HeldLetter[] = [];
    for (const letter of letters) {
      if (await isFree(letter)) mine.push(letter);
      // What an earlier attempt of ours has settled is counted as such.
      else if (letter.operation !== this.order.operation) this.skip('taken');
    }
    return mine;
  }

  /** The letter's record as it would be indexed now, or why it would not; undefined when it has to be left alone. */
  async #judge(letter: HeldLetter, expired: Expired): Promise<ScoredMessage | Rejection | undefined> {
    if (expired.document(letter)) return this.#leave('expired');
    const { editedBody } = this.order;
    // Of an edited message with several log records, what has its document must show that it is of this very message.
    if (!editedBody || letter.parts !== undefined) letter.record ??= await this.#readKafka(letter);
    const value = editedBody && letter.parts === undefined ? editedBody : letter.record?.value;
    if (!value) return this.#leave('bytes_gone');
    const refusal = editedBody ? undefined : refuseOwnBytes(letter.reason);
    if (refusal) return refusal;
    const judged = await judgeMessage(letter, letter.record, editedBody, this.deps);
    if (judged !== 'foreign') return judged;
    this.skip('foreign_document');
    return letter.reason;
  }

  #leave(why: RedriveSkip): undefined {
    this.skip(why);
    return undefined;
  }

  async #readKafka(letter: HeldLetter) {
    const { cancellationSignal } = Context.current();
    const { partition, offset } = letter;
    try {
      const { records } = await this.deps.source.read(partition, offset, offset + 1, cancellationSignal);
      const [record] = records;
      return record && this.deps.redriveLetters.matches(letter, record) ? record : undefined;
    } catch (error) {
      const gone = error instanceof PipelineError && error.verdict === 'halt';
      if (gone) return undefined;
      throw error;
    }
  }
}
