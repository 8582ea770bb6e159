/** Something that happens again and again, to be waited for: each wait ends at the next time. */
export class Change {
  #resolve = () => {};
  #next = this.#arm();

  /** Resolves when it happens next. */
  get next(): Promise<void> {
    return this.#next;
  }

  happen(): void {
    const resolve = this.#resolve;
    this.#next = this.#arm();
    resolve();
  }

  #arm(): Promise<void> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}
