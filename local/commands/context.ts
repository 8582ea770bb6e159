import type { ApiClient } from '../api-client';
import type { StackSettings } from '../stack-settings';

/** What every command works with. */
export interface Context {
  settings: StackSettings;
  api: ApiClient;
  stack: 'native' | 'docker';
  /** Writes a line for the person. */
  say: (line: string) => void;
}

/** A problem that is told in words and ends the command with exit code 1. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}
