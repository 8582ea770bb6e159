import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import type { LocalTools } from '../local-tools';
import { createApi, type Answer, type Api } from './api';
import { CliFailure, EXIT } from './failures';
import { createTerminal, type Streams, type Terminal } from './terminal';
import type { PipelineFiles } from './verbs/config';

/** What the process hands in: the command reads nothing else of its surroundings. */
export interface Surroundings extends Streams {
  env: NodeJS.ProcessEnv;
  /** Who runs the command: `user@host`. */
  user: string;
  /** The text of a file, or of standard input for `-`. */
  readText: (path: string) => Promise<string>;
  request?: typeof fetch;
  /** Standard input, for what does not fit into memory. */
  stdin?: Readable & { isTTY?: boolean };
  /** What the command does with the settings of its environment. @throws ConfigError */
  openTools?: () => Promise<LocalTools>;
  /** Calls `stop` at the first Ctrl-C or signal to end; the second ends the process. @returns what undoes it */
  onInterrupt?: (stop: () => void) => () => void;
  version: string;
  pipelineFiles: PipelineFiles;
}

/** All that a verb needs. */
export interface Session extends Pick<Surroundings, 'readText' | 'out'> {
  api: Api;
  onInterrupt: NonNullable<Surroundings['onInterrupt']>;
  terminal: Terminal;
  json: boolean;
}

/** Opens what the options of a command ask for. */
export type Open = (command: Command) => Session;

interface GlobalOptions {
  url: string;
  json?: boolean;
  topic?: string;
  apiKeyFile?: string;
}

export function createOpen(surroundings: Surroundings): Open {
  return (command) => {
    const { url, json, topic, apiKeyFile } = command.optsWithGlobals<GlobalOptions>();
    return {
      api: createApi(url, { topic, request: surroundings.request, readKey: () => readKey(surroundings, apiKeyFile) }),
      terminal: createTerminal(surroundings, surroundings.env),
      json: json === true,
      readText: surroundings.readText,
      out: surroundings.out,
      onInterrupt: surroundings.onInterrupt ?? (() => () => undefined),
    };
  };
}

/** Never an argument: those of every process can be seen by everybody on the machine. */
async function readKey({ env, readText }: Surroundings, file: string | undefined): Promise<string | undefined> {
  const key = file === undefined ? env['SLUICE_API_KEY'] : await readText(file);
  const trimmed = key?.trim();
  if (!trimmed) return undefined;
  if (/^[\x21-\x7e]+$/.test(trimmed)) return trimmed;
  throw new CliFailure(EXIT.usage, 'the API key is not one line of plain characters: check SLUICE_API_KEY or the file');
}

/** Shows an answer: with `--json` exactly as the API gave it, else as `render` shows it to people. */
export function show<T>(session: Session, answer: Answer<T>, render: (data: T, terminal: Terminal) => void): void {
  if (session.json) {
    if (answer.text !== '') session.terminal.raw(answer.text);
    return;
  }
  try {
    render(answer.data, session.terminal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new CliFailure(
      EXIT.unreachable,
      `the answer of ${session.api.address} lacks what this command shows (${error.message}): is it the API of Sluice, ` +
        'of the same version? --json prints it as it is.',
      answer.text,
      { cause: error },
    );
  }
}
