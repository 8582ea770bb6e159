import type { Logger } from './logger';

interface Closer {
  name: string;
  close: () => Promise<void> | void;
}

/** Resources of one process, closed once and in reverse order of opening. */
export class Shutdown {
  readonly #closers: Closer[] = [];
  #done: Promise<void> | undefined;

  constructor(private readonly logger: Logger) {}

  /** Registers what must be closed. Later ones close first. */
  onClose(name: string, close: () => Promise<void> | void): void {
    this.#closers.push({ name, close });
  }

  /** Closes everything. A resource that fails to close is logged and does not keep the others open. */
  close(): Promise<void> {
    this.#done ??= this.#closeAll();
    return this.#done;
  }

  /** Runs `stop` (by default: close everything, then exit 0) at the first SIGTERM or SIGINT. */
  onSignal(stop: () => Promise<void> = () => this.close()): void {
    const handle = (signal: NodeJS.Signals) => {
      this.logger.info({ signal }, 'stopping');
      stop().then(
        () => process.exit(0),
        (error: unknown) => {
          this.logger.error({ err: error }, 'stopped with an error');
          process.exit(1);
        },
      );
    };
    process.once('SIGTERM', handle);
    process.once('SIGINT', handle);
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
