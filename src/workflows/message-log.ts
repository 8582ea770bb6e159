import type { Message, MessageCounts, MessageMemory } from './message-types';

/** Request ids remembered. */
const REMEMBERED = 256;
/** Hex digits kept of a hash: two of 256 ids are mistaken for each other once in 10^9 messages. */
const HASH_DIGITS = 12;
const MAX_NAME = 40;

/** What became of the messages so far: counts, and the request ids seen last, as short hashes since a state is small. */
export class MessageLog {
  #counts: MessageCounts;
  readonly #seen: string[];

  constructor(memory: MessageMemory | undefined) {
    const { seen = [], ...counts } = memory ?? { received: 0, duplicates: 0, ignored: 0 };
    this.#counts = counts;
    this.#seen = [...seen];
  }

  /** True when this very message was taken before. */
  knows(name: string, { requestId }: Message): boolean {
    return requestId !== undefined && this.#seen.includes(shortHash(`${name} ${requestId}`));
  }

  /** Books a message; false when it is a duplicate, which must change nothing. */
  take(name: string, message: Message): boolean {
    this.#counts = { ...this.#counts, received: this.#counts.received + 1 };
    if (this.knows(name, message)) {
      this.#counts = { ...this.#counts, duplicates: this.#counts.duplicates + 1 };
      return false;
    }
    if (message.requestId !== undefined) {
      this.#seen.push(shortHash(`${name} ${message.requestId}`));
      if (this.#seen.length > REMEMBERED) this.#seen.shift();
    }
    return true;
  }

  /** Takes back a message that was booked and that nobody could follow. */
  refuse(name: string, message: Message, why: string): void {
    const { requestId } = message;
    const at = requestId === undefined ? -1 : this.#seen.lastIndexOf(shortHash(`${name} ${requestId}`));
    if (at >= 0) this.#seen.splice(at, 1);
    this.#counts = { ...this.#counts, received: this.#counts.received - 1 };
    this.ignore(name, why);
  }

  /** Books a message that is not followed. Its request id is not remembered: sent again, it may fit. */
  ignore(name: string, why: string): void {
    const { received, duplicates, ignored } = this.#counts;
    const lastIgnored = { name: name.slice(0, MAX_NAME), why, at: new Date().toISOString() };
    this.#counts = { received: received + 1, duplicates, ignored: ignored + 1, lastIgnored };
  }

  get counts(): MessageCounts {
    return this.#counts;
  }

  get memory(): MessageMemory {
    return { ...this.#counts, seen: [...this.#seen] };
  }
}

/** FNV-1a, 64 bits, over UTF-16 units: the workflow sandbox has no crypto, and nobody gains by a collision. */
function shortHash(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0').slice(-HASH_DIGITS);
}
