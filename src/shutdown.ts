import type { Logger } from './logger';

interface Closer {
  name: string;
  close: () => Promise<void> | void;
}

/** Resources of one process, closed once and in reverse order of opening. */
export class Shutdown {
  readonly #closers: Closer[] = [];
  #done: Promise<void> | undefined;
  #stopping = false;

  constructor(private readonly logger: Logger) {}

  /** True from the first SIGTERM or SIGINT on. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** Registers what must be closed. Later ones close first. */
  onClose(name: string, close: () => Promise<void> | void): void {
    this.#closers.push({ name, close });
  }

  /** Closes everything. A resource that fails to close is logged and does not keep the others open. */
  close(): Promise<void> {
    this.#done ??= this.#closeAll();
    return this.#done;
  }

  /**
   * Runs `stop` (by default: close everything) at the first SIGTERM or SIGINT, then exits with 0; later ones change nothing.
   *
   * @param limitMs when `stop` has not ended by then, the process exits with 0 all the same: only for what others take over
   */
  onSignal(stop: () => Promise<void> = () => this.close(), limitMs?: number): void {
    const handle = (signal: NodeJS.Signals) => {
      if (this.#stopping) return;
      this.#stopping = true;
      this.logger.info({ signal }, 'stopping');
      if (limitMs !== undefined) setTimeout(() => this.#leave(), limitMs).unref();
      stop().then(
        () => process.exit(0),
        (error: unknown) => {
          this.logger.error({ err: error }, 'stopped with an error');
          process.exit(1);
        },
      );
    };
    process.on('SIGTERM', handle);
    process.on('SIGINT', handle);
  }

  #leave(): void {
    this.logger.warn('not everything has ended in time; others go on with it');
    process.exit(0);
  }

  async #closeAll(): Promise<void> {
    for (const { name, close } of this.#closers.reverse()) {
      try {
        await close();
      } catch (error) {
        this.logger.warn({ err: error, resource: name }, 'could not close');
      }
    }
  }
}
