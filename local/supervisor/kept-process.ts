import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessSpec } from '../servers/process-spec';
import { startProcess, waitUntilReady, type StartedProcess } from '../system/start-process';
import { killProcess, stopProcess } from '../system/stop-process';
import { BackOff, type BackOffOptions } from './back-off';
import type { ProcessRecord } from './stack-state';

export interface KeepOptions {
  logFile: string;
  backOff?: Partial<BackOffOptions>;
  /** Called at each change of the record. */
  onChange: () => void;
}

/** Keeps one process running: started again with back-off whenever it ends, until it is told to stop. */
export class KeptProcess {
  readonly record: ProcessRecord;
  readonly #backOff: BackOff;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | undefined;
  #becameReady!: () => void;
  /** Resolves when it serves for the first time; never rejects, since it is tried again for ever. */
  readonly firstReady = new Promise<void>((resolve) => (this.#becameReady = resolve));

  constructor(
    private readonly spec: ProcessSpec,
    private readonly options: KeepOptions,
  ) {
    this.#backOff = new BackOff(options.backOff);
    this.record = {
      name: spec.name,
      state: 'waiting',
      restarts: 0,
      stopGraceMs: spec.stopGraceMs,
      logFile: options.logFile,
      ...(spec.address === undefined ? {} : { address: spec.address }),
    };
  }

  start(): void {
    this.#loop ??= this.#keep();
  }

  /** Stops the process, gently first, and returns once it is gone. It is not started again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#note({ state: 'stopping' });
    const { identity } = this.record;
    if (identity) await stopProcess(identity, this.spec.stopGraceMs);
    await this.#loop;
    this.#note({ state: 'stopped' });
  }

  async #keep(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const began = performance.now();
      const exit = await this.#runOnce();
      delete this.record.identity;
      if (this.#stopping.signal.aborted) return;
      if (exit === 'code 0' && this.spec.mayFinish) {
        this.#note({ state: 'finished', lastExit: exit });
        this.#becameReady();
        return;
      }
      this.#note({ state: 'backing-off', lastExit: exit });
      const wait = this.#backOff.next(performance.now() - began);
      await sleep(wait, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      this.record.restarts += 1;
    }
  }

  /** From start to end of one process; says how it ended. */
  async #runOnce(): Promise<string> {
    this.#note({ state: 'starting', startedAt: new Date().toISOString() });
    let started: StartedProcess;
    try {
      started = await startProcess(this.spec, this.options.logFile);
    } catch (error) {
      return (error as Error).message;
    }
    const { child, identity } = started;
    const ended = new Promise<string>((resolve) => {
      const say = (code: number | null, signal: string | null) => resolve(signal ?? `code ${code}`);
      if (child.exitCode !== null || child.signalCode !== null) say(child.exitCode, child.signalCode);
      else child.once('exit', say);
    });
    this.#note({ identity });
    // A stop that came while the program was being prepared found no process to stop.
    if (this.#stopping.signal.aborted) await stopProcess(identity, this.spec.stopGraceMs);
    const notReady = await waitUntilReady(this.spec, identity, this.options.logFile).then(
      () => undefined,
      (error: unknown) => (error as Error).message,
    );
    if (notReady !== undefined) {
      await killProcess(identity);
      const how = await ended;
      return how === 'SIGKILL' ? notReady : how;
    }
    if (!this.#stopping.signal.aborted) {
      this.#note({ state: 'running', readyAfterMs: Date.now() - Date.parse(this.record.startedAt!) });
      this.#becameReady();
    }
    return ended;
  }

  #note(change: Partial<ProcessRecord>): void {
    Object.assign(this.record, change);
    this.options.onChange();
  }
}
