/** One process of the stack: how it is started, and how one tells that it serves. */
export interface ProcessSpec {
  name: string;
  command: string;
  args: string[];
  cwd: string;
  /** The whole environment, not an addition to ours. */
  env: NodeJS.ProcessEnv;
  /** Before each start: folders, configuration files, formatting. Safe to repeat. */
  prepare?: () => Promise<void>;
  /** True once it serves. An exception means not yet. */
  isReady: () => Promise<boolean>;
  /** After each start, once it serves. Safe to repeat. */
  settle?: () => Promise<void>;
  /** How long it may take to serve. */
  readyTimeoutMs: number;
  /** How long it may take to stop after SIGTERM. */
  stopGraceMs: number;
  /** True when an exit with code 0 means that its work is done; else it is started again after that too. */
  mayFinish?: boolean;
  /** What a person may want to open. */
  address?: string;
}
