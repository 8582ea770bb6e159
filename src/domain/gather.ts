/** A call of more than this is a request's worth by itself. */
const MOST_OF_A_SMALL_CALL = 100;
/** Items of one shared request, at most. */
const MOST_OF_A_REQUEST = 1000;

interface Call<Item, Answer> {
  items: Item[];
  signal: AbortSignal | undefined;
  resolve: (answers: Answer[]) => void;
  reject: (reason: unknown) => void;
}

/**
 * Lets small calls share requests: those of one moment go together, and those that come while a request is under way go
 * with the next one. One bad record in thousands costs its batch three requests; batches side by side then share them.
 *
 * A call fails only by what it asked for itself: when a shared request fails, each of its calls is sent again alone. So
 * `run` must be safe to repeat.
 *
 * @param run gives one answer for each item, in order
 * @returns the call; one whose signal is aborted before its request has begun never begins, and fails with the reason
 */
export function gather<Item, Answer>(
  run: (items: Item[]) => Promise<Answer[]>,
): (items: Item[], signal?: AbortSignal) => Promise<Answer[]> {
  let waiting: Call<Item, Answer>[] = [];
  let isRunning = false;

  async function runAll(): Promise<void> {
    // Whoever else calls in this moment comes along.
    await Promise.resolve();
    while (waiting.length > 0) {
      const calls = takeSome().filter(isWanted);
      const [only] = calls;
      if (calls.length > 1) await runTogether(calls);
      else if (only) await runAlone(only);
    }
    isRunning = false;
  }

  function takeSome(): Call<Item, Answer>[] {
    let items = 0;
    const isOver = waiting.findIndex((call) => (items += call.items.length) > MOST_OF_A_REQUEST);
    const taken = waiting.slice(0, isOver < 0 ? waiting.length : Math.max(1, isOver));
    waiting = waiting.slice(taken.length);
    return taken;
  }

  function isWanted({ signal, reject }: Call<Item, Answer>): boolean {
    if (!signal?.aborted) return true;
    reject(signal.reason);
    return false;
  }

  function runAlone({ items, resolve, reject }: Call<Item, Answer>): Promise<void> {
    return run(items).then(resolve, reject);
  }

  async function runTogether(calls: Call<Item, Answer>[]): Promise<void> {
    let answers: Answer[];
    try {
      answers = await run(calls.flatMap(({ items }) => items));
    } catch {
      await Promise.all(calls.filter(isWanted).map(runAlone));
      return;
    }
    let at = 0;
    for (const { items, resolve } of calls) resolve(answers.slice(at, (at += items.length)));
  }

  return (items, signal) => {
    if (items.length === 0) return Promise.resolve([]);
    if (items.length > MOST_OF_A_SMALL_CALL) return run(items);
    return new Promise((resolve, reject) => {
      waiting.push({ items, signal, resolve, reject });
      if (isRunning) return;
      isRunning = true;
      void runAll();
    });
  };
}
