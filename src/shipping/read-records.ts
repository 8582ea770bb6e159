import type { Readable } from 'node:stream';
import { LineJoiner, type JoinOptions, type LineRecord } from './join-lines';
import { LineSplitter, type Line } from './lines';
import { MAX_MESSAGE_BYTES } from './message';

/** What one chunk of an input has brought. */
export interface Portion {
  records: LineRecord[];
  /** Numbers of lines that are longer than a message may be. */
  tooLong: number[];
  /** Lines seen so far, and empty ones among those of this portion. */
  lines: number;
  blank: number;
  cut: number;
  /** Nothing more came for a while: what is held should go. */
  idle: boolean;
}

export interface ReadOptions {
  multiline: JoinOptions['multiline'];
  /** Lines before this one are passed over. */
  fromLine: number;
  /** Milliseconds after which a record that may still go on counts as ended; for pipes. */
  idleMs?: number;
  /** Whether the stream was closed on purpose: the record that is held is then given out. For what cannot be read again. */
  isStopped?: () => boolean;
}

/**
 * The records of a stream, portion by portion.
 *
 * @throws PatternError; what the stream fails with
 */
export async function* readRecords(stream: Readable, options: ReadOptions): AsyncGenerator<Portion> {
  const splitter = new LineSplitter(MAX_MESSAGE_BYTES);
  const joiner = new LineJoiner({ multiline: options.multiline, maxBytes: MAX_MESSAGE_BYTES });
  let seen = 0;
  let cut = 0;

  function portion(lines: Line[], ended: 'no' | 'idle' | 'end'): Portion {
    seen = lines.at(-1)?.number ?? seen;
    const wanted = lines.filter(({ number }) => number >= options.fromLine);
    const records: LineRecord[] = [];
    let whole: (Line & { bytes: Buffer })[] = [];
    for (const line of wanted) {
      if (line.bytes) whole.push({ ...line, bytes: line.bytes });
      else {
        // What stands before and behind it does not belong together.
        records.push(...joiner.push(whole), ...joiner.flush());
        whole = [];
      }
    }
    records.push(...joiner.push(whole), ...(ended === 'no' ? [] : joiner.flush()));
    const before = cut;
    cut = joiner.cut;
    return {
      records,
      tooLong: wanted.filter(({ bytes }) => bytes === undefined).map(({ number }) => number),
      lines: seen,
      blank: wanted.filter(({ bytes }) => bytes && bytes.toString('latin1', 0, 1024).trim() === '').length,
      cut: cut - before,
      idle: ended !== 'no',
    };
  }

  try {
    for await (const chunk of withIdle(stream, options.idleMs)) {
      yield chunk === undefined ? portion([], 'idle') : portion(splitter.feed(chunk), 'no');
    }
  } catch (error) {
    if (options.isStopped?.() !== true) throw error;
  }
  // Half a line is none.
  yield portion(options.isStopped?.() === true ? [] : splitter.end(), 'end');
}

/** The chunks of a stream, and undefined once whenever none has come for a while. */
async function* withIdle(stream: Readable, idleMs: number | undefined): AsyncGenerator<Buffer | undefined> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (;;) {
      const next = chunks.next();
      if (idleMs !== undefined && (await isLate(next, idleMs))) yield undefined;
      const { value, done } = (await next) as { value: Buffer | string; done?: boolean };
      if (done === true) return;
      yield typeof value === 'string' ? Buffer.from(value) : value;
    }
  } finally {
    stream.destroy();
  }
}

async function isLate(next: Promise<unknown>, idleMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), idleMs);
  });
  // A failure is left to whoever awaits the chunk itself.
  const came = next.then(
    () => false,
    () => false,
  );
  return Promise.race([came, late]).finally(() => clearTimeout(timer));
}
