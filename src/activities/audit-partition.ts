import { Context } from '@temporalio/activity';
import {
  noFindings,
  type AuditCounts,
  type AuditNames,
  type AuditScope,
  type NameRoom,
  type PartitionAudit,
} from '../domain/audit';
import { addCounts, noNames } from '../domain/audit-report';
import { sumOfPartition, type ExpiredIndex } from '../domain/expiry';
import { formatOffset, parseOffset } from '../domain/offsets';
import { explainHoles, kafkaAway, type HolePlace } from './audit-holes';
import type { Account, AuditDeps, PlacedDocument } from './audit-ports';
import { judge, moreGone, sumsOf } from './audit-sums';
import { joinNames, Tally, type Span } from './audit-tally';
import { judgeDocument, walk, type AuditedAccount } from './audit-walk';
import { beat } from './heartbeat';

export interface AuditPartitionInput extends Omit<AuditScope, 'partitions'> {
  topic: string;
  partition: number;
  /** How much may be named. */
  room: NameRoom;
}

export interface AuditPartitionResult {
  audit: PartitionAudit;
  names: AuditNames;
}

/** What travels in the heartbeats: an attempt that dies leaves it to the next one. Changes only between two windows. */
export interface AuditProgress extends Span {
  account: Account;
  /** Offsets below have been judged; undefined before the first look. */
  cursor: number | undefined;
  counts: AuditCounts;
  names: AuditNames;
  /** Unverifiable offsets before anything that was found. */
  leading: number;
  /** Expired offsets that a record of the retention tells of. */
  recorded?: number | undefined;
}

/** Documents of one request; Elasticsearch's own limit. */
const PAGE = 10_000;
const MAX_STEP = 2 ** 24;

/**
 * Holds a partition's account against the documents and dead letters, in order of offset and a page at a time. Judged
 * are the offsets that have a fate at the start; what comes later is in flight.
 *
 * Fails as its ports do; the next attempt goes on where this one was.
 */
export function createAuditPartition(deps: AuditDeps) {
  return async function auditPartition(input: AuditPartitionInput): Promise<AuditPartitionResult> {
    const context = Context.current();
    let progress = context.info.heartbeatDetails as AuditProgress | undefined;
    const { cancellationSignal: signal } = context;
    return beat(
      async () => {
        progress ??= await start(input);
        await deps.index.refresh(signal);
        const judging = new Judging(input, deps, signal);
        if (progress.cursor === undefined) progress = await judging.outside(progress);
        const { page = PAGE } = deps;
        let step = page;
        while (progress.cursor! < progress.to) {
          const before: AuditProgress = progress;
          progress = await judging.window(before, step);
          const whole = progress.cursor! - before.cursor! === Math.min(step, before.to - before.cursor!);
          step = whole ? Math.min(step * 2, MAX_STEP) : page;
        }
        return judging.result(await judging.beyondEnd(progress));
      },
      () => progress,
    );
  };

  async function start({ topic, partition, from, to }: AuditPartitionInput): Promise<AuditProgress> {
    const account = await deps.accounts.read(topic, partition);
    const first = parseOffset(account.ledger.first);
    const next = parseOffset(account.ledger.next);
    const begin = Math.min(next, Math.max(first, from === undefined ? first : parseOffset(from)));
    const end = Math.max(begin, Math.min(next, to === undefined ? next : parseOffset(to)));
    const none = { cursor: undefined, counts: noFindings(), names: noNames(), leading: 0, recorded: 0 };
    return { account, from: begin, to: end, ...none };
  }
}

class Judging {
  /** What the retention has deleted; read when a hole is met, and anew when one is looked at twice. */
  #expired: ExpiredIndex[] | undefined;

  constructor(
    private readonly input: AuditPartitionInput,
    private readonly deps: AuditDeps,
    private readonly signal: AbortSignal,
  ) {}

  get #page(): number {
    return this.deps.page ?? PAGE;
  }

  get #whole(): boolean {
    return this.input.from === undefined && this.input.to === undefined;
  }

  /** Documents before the account's first offset; only an audit of the whole account looks for them. */
  async outside(progress: AuditProgress): Promise<AuditProgress> {
    const tally = this.#tally();
    const account = this.#account(progress);
    if (this.#whole) {
      await this.#each({ to: account.first }, (document) => {
        const whose = judgeDocument(document, account);
        if (whose === 'closed') tally.count('closed');
        else tally.foreign(document, whose === 'ours' ? 'outside' : whose);
      });
    }
    return this.#add({ ...progress, cursor: progress.from }, tally);
  }

  /** The next offsets, at most `step` of them. A difference is looked at twice: a redrive may have moved between two answers. */
  async window(progress: AuditProgress, step: number): Promise<AuditProgress> {
    let judged = await this.#judge(progress, step);
    const { missing, incomplete, doubled } = judged.tally.counts;
    if (missing + incomplete + doubled > 0) {
      await this.deps.index.refresh(this.signal);
      this.#expired = undefined;
      judged = await this.#judge(progress, step);
    }
    const { tally, to, leading } = judged;
    const sums = { leading: progress.leading + leading, recorded: (progress.recorded ?? 0) + tally.recorded };
    return this.#add({ ...progress, cursor: to, ...sums }, tally);
  }

  async #judge(progress: AuditProgress, step: number): Promise<{ tally: Tally; to: number; leading: number }> {
    const { topic, partition } = this.input;
    const { generation } = progress.account;
    const from = progress.cursor!;
    this.signal.throwIfAborted();
    const limit = Math.min(progress.to, from + step);
    const documents = await this.deps.index.documents(partition, { from, to: limit }, this.#page, this.signal);
    const letters = await this.deps.letters.list({ generation, partition, from, to: limit }, this.#page);
    const to = Math.min(completeTo(documents, from, limit, this.#page), completeTo(letters, from, limit, this.#page));
    const tally = this.#tally();
    const within = ({ offset }: { offset: number }) => offset < to;
    const window = { from, to, documents: documents.filter(within), letters: letters.filter(within) };
    const holes = walk(window, this.#account(progress), tally);
    if (holes.length > 0) this.#expired ??= await this.deps.expired();
    const place = { topic, generation, partition, expired: this.#expired ?? [] };
    const explain = (some: Span[]) => explainHoles(place, some, tally, this.deps, this.signal);
    const nothingYet = progress.counts.documents + progress.counts.letters === 0;
    await explain(nothingYet && holes[0]?.from === from ? holes.splice(0, 1) : []);
    const leading = tally.counts.unverifiable;
    await explain(holes);
    await this.#explainBare(tally, place);
    return { tally, to, leading };
  }

  /** What a dead letter says to be there, and is not: missing, unless it went with the index of its day. */
  async #explainBare(tally: Tally, place: HolePlace): Promise<void> {
    if (tally.bare.length === 0) return;
    const expired = (this.#expired ??= await this.deps.expired());
    const apart = new Tally(this.input.partition, this.input.room, (span) => tally.incomplete(span));
    await explainHoles({ ...place, expired }, tally.bare, apart, this.deps, this.signal);
  }

  /** Documents of offsets that Kafka does not have. Its end is asked for after them, too: meanwhile it grows. */
  async beyondEnd(progress: AuditProgress): Promise<AuditProgress> {
    if (!this.#whole) return progress;
    const tally = this.#tally();
    const account = this.#account(progress);
    const found: PlacedDocument[] = [];
    await this.#each({ from: Math.max(progress.to, await this.#end()) }, (document) => {
      if (judgeDocument(document, account) === 'closed') tally.count('closed');
      else found.push(document);
    });
    const end = found.length > 0 ? await this.#end() : 0;
    for (const document of found) if (document.offset >= end) tally.foreign(document, 'beyond_end');
    return this.#add(progress, tally);
  }

  async #end(): Promise<number> {
    const ends = await this.deps.topics.ends(this.input.topic).catch(kafkaAway);
    return ends.get(this.input.partition)?.high ?? 0;
  }

  async result({
    account,
    from,
    to,
    counts,
    names,
    leading,
    recorded = 0,
  }: AuditProgress): Promise<AuditPartitionResult> {
    const { source, generation } = account;
    const { partition } = this.input;
    const gone = this.#whole ? sumOfPartition(await this.deps.expired(), { generation, partition }) : undefined;
    const sums = gone && sumsOf(account.ledger, counts, gone);
    const range = { partition, from: formatOffset(from), to: formatOffset(to) };
    const verdict = judge(counts, sums, { leading, recorded, more: gone ? moreGone(account.ledger, counts, gone) : 0 });
    return { audit: { ...range, generation, source, counts, ...(sums ? { sums } : {}), verdict }, names };
  }

  async #each(range: { from?: number; to?: number }, judgeOne: (document: PlacedDocument) => void): Promise<void> {
    for (let { from } = range; ;) {
      const page = await this.deps.index.documents(
        this.input.partition,
        { from, to: range.to },
        this.#page,
        this.signal,
      );
      const end = completeTo(page, from ?? -Infinity, Infinity, this.#page);
      for (const document of page) if (document.offset < end) judgeOne(document);
      if (page.length < this.#page) return;
      from = end;
    }
  }

  #add(progress: AuditProgress, tally: Tally): AuditProgress {
    const counts = addCounts(progress.counts, tally.counts);
    return { ...progress, counts, names: joinNames(progress.names, tally.names, this.input.room) };
  }

  #tally(): Tally {
    return new Tally(this.input.partition, this.input.room);
  }

  #account({ account }: AuditProgress): AuditedAccount {
    const { generation, ledger, closed } = account;
    return {
      partition: this.input.partition,
      generation,
      first: parseOffset(ledger.first),
      closed: closed.map((one) => one.generation),
    };
  }
}

/** The offset up to which a page is whole: a full one may have more of its last offset, unless it is of nothing else. */
function completeTo(page: readonly { offset: number }[], from: number, limit: number, size: number): number {
  if (page.length < size) return limit;
  const last = page.at(-1)!.offset;
  return last > from ? last : last + 1;
}
