/** How many logs may be on their way at a time, so that nobody fills the memory with pages, however many are asked for. */
export interface PageRoom {
  /**
   * Waits for room for a page of so many logs, in the order of asking.
   *
   * @returns what gives the room back
   * @throws what the signal aborts with
   */
  take(logs: number, signal?: AbortSignal): Promise<() => void>;
}

/** Logs on their way at a time, of small pages and of large ones: neither waits for the other. */
const CAPACITY = 2000;
const SMALL = 100;

export function createPageRoom(capacity = CAPACITY): PageRoom {
  const lanes = { small: createLane(capacity), large: createLane(capacity) };
  return {
    take: async (logs, signal) => {
      // Figures bring none: they wait behind nobody.
      if (logs === 0) return () => undefined;
      return lanes[logs <= SMALL ? 'small' : 'large'](logs, signal);
    },
  };
}

interface Waiter {
  logs: number;
  enter: () => void;
}

function createLane(capacity: number): PageRoom['take'] {
  let free = capacity;
  const waiting = new Set<Waiter>();
  const admit = () => {
    for (const waiter of waiting) {
      if (waiter.logs > free) return;
      waiting.delete(waiter);
      free -= waiter.logs;
      waiter.enter();
    }
  };
  return async (wanted, signal) => {
    signal?.throwIfAborted();
    const logs = Math.min(wanted, capacity);
    const leave = () => {
      free += logs;
      admit();
    };
    await new Promise<void>((resolve, reject) => {
      const giveUp = () => {
        waiting.delete(waiter);
        admit();
        reject(signal!.reason as Error);
      };
      const waiter: Waiter = {
        logs,
        enter: () => {
          signal?.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      waiting.add(waiter);
      admit();
    });
    return leave;
  };
}
