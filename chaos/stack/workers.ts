import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { writePid } from '../../local/private-servers/pids';
import type { ProcessIdentity } from '../../local/system/process-identity';
import { startProcess } from '../../local/system/start-process';
import { killProcess, stopProcess } from '../../local/system/stop-process';

const STOP_GRACE_MS = 25_000;
/** A worker that ended by itself is started again after this long, as compose and the native supervisor do. */
const AGAIN_AFTER_MS = 1000;

/** One worker of a run, started again and again on the same settings. */
export class ChaosWorker {
  /** How often it ended without being told to. */
  exits = 0;
  /** Exit code of the last orderly stop; null after a signal. */
  lastCode: number | null | undefined;
  readonly logFile: string;
  #running: { child: ChildProcess; identity: ProcessIdentity; told: boolean } | undefined;
  #starting: Promise<void> | undefined;
  #again: NodeJS.Timeout | undefined;
  #retired = false;

  /** @param command of the worker's process */
  constructor(
    private readonly run: { name: string; folder: string; command: string[]; env: NodeJS.ProcessEnv; cwd: string },
    private readonly say: (line: string) => void,
  ) {
    this.logFile = join(run.folder, `${run.name}.log`);
  }

  get identity(): ProcessIdentity | undefined {
    return this.#running?.identity;
  }

  /** Starts it, unless it runs. */
  async start(): Promise<void> {
    this.#starting ??= this.#start().finally(() => (this.#starting = undefined));
    await this.#starting;
  }

  async #start(): Promise<void> {
    if (this.#running || this.#retired) return;
    const { name, folder, command, env, cwd } = this.run;
    const [program = '', ...args] = command;
    const spec = { name, command: program, args, cwd, env, isReady: async () => true };
    const started = await startProcess({ ...spec, readyTimeoutMs: 0, stopGraceMs: STOP_GRACE_MS }, this.logFile);
    const running = { ...started, told: false };
    this.#running = running;
    writePid(folder, name, running.identity);
    running.child.once('exit', (code) => {
      if (this.#running === running) this.#running = undefined;
      this.lastCode = code;
      if (running.told) return;
      this.exits += 1;
      this.say(`${name} ended by itself with code ${code}`);
      this.#again = setTimeout(() => void this.start(), AGAIN_AFTER_MS);
    });
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const running = await this.#settled();
    if (!running) return;
    running.told = true;
    await killProcess(running.identity);
    this.#running = undefined;
  }

  /** kill -9, and whoever starts it again does so in vain. */
  async retire(): Promise<void> {
    this.#retired = true;
    await this.kill();
  }

  /** SIGTERM, and SIGKILL when it takes too long. */
  async stop(): Promise<void> {
    const running = await this.#settled();
    if (!running) return;
    running.told = true;
    const exited = new Promise((resolve) => running.child.once('exit', resolve));
    await stopProcess(running.identity, STOP_GRACE_MS);
    await exited;
    this.#running = undefined;
  }

  /** What runs once no start is under way or to come. */
  async #settled() {
    clearTimeout(this.#again);
    await this.#starting;
    return this.#running;
  }
}
