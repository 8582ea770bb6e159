export interface BackOffOptions {
  firstMs: number;
  maxMs: number;
  /** After running this long a process counts as healthy, and the next wait is the first one again. */
  healthyMs: number;
}

const DEFAULTS: BackOffOptions = { firstMs: 500, maxMs: 30_000, healthyMs: 30_000 };

/** How long to wait before each restart: doubling, bounded, forgotten after a healthy run. */
export class BackOff {
  readonly #options: BackOffOptions;
  #failures = 0;

  constructor(options: Partial<BackOffOptions> = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /** The wait in milliseconds after a process that ran for `ranMs`. */
  next(ranMs: number): number {
    const { firstMs, maxMs, healthyMs } = this.#options;
    if (ranMs >= healthyMs) this.#failures = 0;
    const wait = Math.min(maxMs, firstMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return wait;
  }
}
