import { setTimeout as sleep } from 'node:timers/promises';
import { PipelineFileError } from './pipeline-file-error';
import { readPipelineText } from './read-bytes';

/** How often the file is looked at. A change counts when it is found twice: an editor may be writing it. */
const LOOK_EVERY_MS = 1000;

export interface FileWatchOptions {
  file: string;
  /** The text in force. */
  text: string;
  /** Takes a changed text on. @throws PipelineFileError when it cannot be: then what was in force stays so */
  take: (text: string) => Promise<void>;
  /** Told when a changed file is not taken on; a file that is away counts as changed. */
  refused: (error: PipelineFileError) => void;
}

/** Follows the changes of a pipeline file. */
export class FileWatch {
  /** What was judged last, a text or the reason that there is none. */
  #judged: string;
  #pending: string | undefined;
  #looking: Promise<void> | undefined;

  constructor(private readonly options: FileWatchOptions) {
    this.#judged = `text ${options.text}`;
  }

  /** Looks once. Throws only what `take` throws beside its own error. */
  look(): Promise<void> {
    return (this.#looking ??= this.#look().finally(() => (this.#looking = undefined)));
  }

  /** Looks until the signal comes. @param onError told of what should not happen */
  async run(signal: AbortSignal, onError: (error: Error) => void, everyMs = LOOK_EVERY_MS): Promise<void> {
    for (;;) {
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await this.look().catch(onError);
    }
  }

  async #look(): Promise<void> {
    const { file, take, refused } = this.options;
    const found = await readPipelineText(file).catch((error: unknown) => {
      if (error instanceof PipelineFileError) return error;
      throw error;
    });
    const key = typeof found === 'string' ? `text ${found}` : `none ${found.message}`;
    const isNew = key !== this.#judged;
    const isSettled = key === this.#pending;
    this.#pending = isNew ? key : undefined;
    if (!isNew || !isSettled) return;
    this.#judged = key;
    this.#pending = undefined;
    try {
      if (typeof found !== 'string') throw found;
      await take(found);
    } catch (error) {
      if (!(error instanceof PipelineFileError)) {
        // Not the file's fault: it is tried again.
        this.#judged = '';
        throw error;
      }
      refused(error);
    }
  }
}
