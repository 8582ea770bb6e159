/** Lets those who ask have something one after the other, in the order in which they asked. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Runs `use` when everybody who asked before is done, however that ended. */
  async take<T>(use: () => Promise<T>): Promise<T> {
    const before = this.#last;
    let end = () => {};
    this.#last = new Promise((resolve) => (end = resolve));
    await before;
    try {
      return await use();
    } finally {
      end();
    }
  }
}
