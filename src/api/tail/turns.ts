/** Lets few calls run at a time; the others wait for their turn, in the order in which they came. */
export class TurnTaker {
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(private readonly places: number) {}

  /** @throws what the call throws, and the signal's reason when it aborts before the turn has come */
  async run<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#running < this.places) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      signal.throwIfAborted();
      return await call();
    } finally {
      const next = this.#waiting.shift();
      // The place is handed on.
      if (next) next();
      else this.#running -= 1;
    }
  }
}
