import { newAccount, noteLeftOut, notePlaced, type Account, type InputAccount } from './account';
import type { Input } from './inputs';
import type { LineRecord } from './join-lines';
import { toMessage, type Message, type MessageForm } from './message';
import { readRecords, type Portion, type ReadOptions } from './read-records';

/** Sends messages to a topic. */
export interface MessageProducer {
  /**
   * Sends all of them to one partition, the next one at each call, or that of the key.
   *
   * @returns where the first of them is now; `too_large` when Kafka takes no request of this size
   * @throws PipelineError kafka_unavailable, kafka_denied or topic_missing; some of them may have arrived
   */
  send: (values: readonly Buffer[]) => Promise<{ partition: number; offset: number } | 'too_large'>;
}

export interface ShipOptions extends Pick<ReadOptions, 'multiline' | 'fromLine'> {
  form: MessageForm;
  /** Lines per second; 0 is as fast as Kafka takes them. */
  rate: number;
}

export interface ShipDeps {
  producer: MessageProducer;
  /** Asked once per input before anything of it is sent; what it throws ends the whole. */
  approve: (input: Input, first: readonly LineRecord[]) => void;
  /** Told now and then. `share` from 0 to 1 of the files that have a size. */
  onProgress: (account: Account, share: number | undefined) => void;
  /** Ends the reading; what was read and is under way is still waited for. */
  signal: AbortSignal;
  /** Milliseconds of a clock that only goes forward. */
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

/** Sending has failed: what is acknowledged by then stands in the account. */
export class ShipError extends Error {
  override readonly name = 'ShipError';

  constructor(
    readonly account: Account,
    /** Lines whose fate is not known: they may have arrived. */
    readonly unsure: { input: string; from: number; to: number },
    override readonly cause: unknown,
  ) {
    super('sending has failed', { cause });
  }
}

const MAX_BATCH_RECORDS = 2000;
const MAX_BATCH_BYTES = 512 * 1024;
/** How long a record of a pipe waits for its company. */
const LINGER_MS = 200;
/** How long a record of a pipe that may still go on waits for its next line. */
const IDLE_MS = 1000;

interface Sendable extends LineRecord {
  message: Extract<Message, { value: Buffer }>;
}

/** Sends the lines of inputs, one input after the other and in order, and accounts for every line. @throws ShipError, InputError, PatternError */
export async function ship(inputs: readonly Input[], options: ShipOptions, deps: ShipDeps): Promise<Account> {
  const account = newAccount();
  const total = inputs.reduce((sum, { size }) => sum + (size ?? 0), 0);
  const startedAt = deps.now();
  let readBefore = 0;
  let underWay: Promise<void> = Promise.resolve();

  async function sendBatch(batch: Sendable[], to: InputAccount): Promise<void> {
    if (batch.length === 0) return;
    const answer = await deps.producer.send(batch.map(({ message }) => message.value)).catch((error: unknown) => {
      const unsure = { input: to.name, from: batch[0]!.from, to: batch.at(-1)!.to };
      throw new ShipError(account, unsure, error);
    });
    if (answer !== 'too_large') noteSent(account, batch, answer);
    else if (batch.length === 1) noteLeftOut(account, 'refused_by_kafka', to.name, batch[0]!.from, batch[0]!.to);
    else {
      const half = Math.ceil(batch.length / 2);
      await sendBatch(batch.slice(0, half), to);
      await sendBatch(batch.slice(half), to);
    }
    to.doneTo = Math.max(to.doneTo, batch.at(-1)!.to);
  }

  async function keepRate(): Promise<void> {
    if (options.rate === 0) return;
    const ahead = (account.lines / options.rate) * 1000 - (deps.now() - startedAt);
    if (ahead > 0) await deps.sleep(ahead);
  }

  async function shipOne(input: Input, fromLine: number): Promise<void> {
    const to: InputAccount = { name: input.name, doneTo: fromLine - 1, whole: false };
    account.inputs.push(to);
    const isPipe = input.size === undefined;
    const file = isPipe ? undefined : input.name.replace(/^.*\//, '');
    const { stream, read } = input.open();
    const stop = () => void stream.destroy();
    deps.signal.addEventListener('abort', stop);
    const most = options.rate === 0 ? MAX_BATCH_RECORDS : Math.max(1, Math.min(MAX_BATCH_RECORDS, options.rate / 5));
    let open: Sendable[] = [];
    let bytes = 0;
    let openedAt = 0;
    let approved = false;
    let lines = fromLine - 1;

    async function seal(): Promise<void> {
      const batch = open;
      open = [];
      bytes = 0;
      await underWay;
      await keepRate();
      underWay = sendBatch(batch, to);
      // It is awaited before the next one; until then a failure has nobody to be told to.
      underWay.catch(() => undefined);
      deps.onProgress(account, total > 0 ? (readBefore + read()) / total : undefined);
    }

    async function take(portion: Portion): Promise<void> {
      account.lines += Math.max(0, portion.lines - lines);
      lines = Math.max(lines, portion.lines);
      account.blank += portion.blank;
      account.cut += portion.cut;
      for (const number of portion.tooLong) noteLeftOut(account, 'too_long', input.name, number);
      if (!approved && portion.records.length > 0) {
        deps.approve(input, portion.records);
        approved = true;
      }
      for (const record of portion.records) {
        const message = toMessage(record, options.form, file);
        if (message.kind === 'left_out') {
          noteLeftOut(account, message.why, input.name, record.from, record.to);
          continue;
        }
        if (open.length === 0) openedAt = deps.now();
        open.push({ ...record, message });
        bytes += message.value.length;
        if (open.length >= most || bytes >= MAX_BATCH_BYTES) await seal();
      }
      const isDue = portion.idle || (isPipe && deps.now() - openedAt >= LINGER_MS);
      if (open.length > 0 && isDue) await seal();
    }

    try {
      const { multiline } = options;
      const pipe = { idleMs: IDLE_MS, isStopped: () => deps.signal.aborted };
      const records = readRecords(stream, { multiline, fromLine, ...(isPipe ? pipe : {}) });
      for await (const portion of records) await take(portion);
    } catch (error) {
      // What was read before the reading failed is sent all the same.
      if (!isReadFailure(error)) throw error;
      if (!deps.signal.aborted) to.problem = (error as Error).message;
    } finally {
      deps.signal.removeEventListener('abort', stop);
      stream.destroy();
    }
    if (open.length > 0) await seal();
    await underWay;
    readBefore += input.size ?? 0;
    if (deps.signal.aborted || to.problem !== undefined) return;
    to.doneTo = lines;
    to.whole = true;
  }

  let fromLine = options.fromLine;
  for (const input of inputs) {
    if (deps.signal.aborted) break;
    await shipOne(input, fromLine);
    fromLine = 1;
  }
  return account;
}

function noteSent(account: Account, batch: readonly Sendable[], at: { partition: number; offset: number }): void {
  account.records += batch.length;
  for (const { message, from, to } of batch) {
    account.bytes += message.value.length;
    if (message.kind === 'text') account.text += 1;
    if (to > from) account.joined += 1;
  }
  notePlaced(account, at.partition, at.offset, batch.length);
}

/** Of a stream: an errno, a code of zlib, or the word that it was closed. */
function isReadFailure(error: unknown): boolean {
  const { code, name } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && name !== 'PipelineError' && name !== 'ShipError';
}
