import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ProcessSpec } from '../servers/process-spec';
import { releaseLock, takeLock } from '../system/lock';
import { identify } from '../system/process-identity';
import type { BackOffOptions } from './back-off';
import { KeptProcess } from './kept-process';
import { rotateLogs } from './rotate-logs';
import { removeState, writeState, type StackState } from './stack-state';

export interface SupervisorOptions {
  /** Each group is started once all of the one before serve, and stopped before it. */
  groups: ProcessSpec[][];
  stateFile: string;
  logFolder: string;
  backOff?: Partial<BackOffOptions>;
}

const ROTATE_EVERY_MS = 5_000;

/** Starts a stack in order, keeps each process running, writes down what it does, and stops all in reverse order. */
export class Supervisor {
  readonly #groups: KeptProcess[][];
  readonly #state: StackState;
  readonly #lock: string;
  #rotation: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(private readonly options: SupervisorOptions) {
    this.#groups = options.groups.map((group) =>
      group.map(
        (spec) =>
          new KeptProcess(spec, {
            logFile: join(options.logFolder, `${spec.name}.log`),
            onChange: () => this.#write(),
            ...(options.backOff === undefined ? {} : { backOff: options.backOff }),
          }),
      ),
    );
    this.#lock = `${options.stateFile}.lock`;
    this.#state = {
      supervisor: identify(process.pid)!,
      startedAt: new Date().toISOString(),
      phase: 'starting',
      processes: this.#groups.flat().map(({ record }) => record),
    };
  }

  /**
   * Starts group after group and returns when all serve, or when it was stopped in between.
   *
   * @throws when another supervisor has the stack already.
   */
  async start(): Promise<void> {
    mkdirSync(dirname(this.#lock), { recursive: true });
    if (!takeLock(this.#lock)) throw new Error('another supervisor runs this stack');
    this.#write();
    this.#rotation = setInterval(() => rotateLogs(this.options.logFolder), ROTATE_EVERY_MS);
    for (const group of this.#groups) {
      if (this.#stopping) return;
      for (const kept of group) kept.start();
      await Promise.all(group.map(({ firstReady }) => firstReady));
    }
    if (this.#stopping) return;
    this.#state.phase = 'running';
    this.#write();
  }

  /** Stops everything and removes the state; returns when no process is left. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#state.phase = 'stopping';
    for (const group of [...this.#groups].reverse()) await Promise.all(group.map((kept) => kept.stop()));
    clearInterval(this.#rotation);
    removeState(this.options.stateFile);
    releaseLock(this.#lock);
  }

  #write(): void {
    writeState(this.options.stateFile, this.#state);
  }
}
