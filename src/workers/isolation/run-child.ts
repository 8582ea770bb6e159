import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { IsolatedPreparation, PreparedRange } from '../../activities/isolation-ports';
import { plainRecord, type KafkaRecord } from '../../domain/record';
import { correlationHeaders } from '../../formats/correlation';
import type { RedactionSettings } from '../../redaction/rules';
import type { ScoringRules } from '../../scoring/rules';
import { PROGRESS_FD, RECORD_LIMIT_MS, type ChildJob } from './child-job';

export interface IsolationSettings {
  rules: ScoringRules;
  formats: readonly string[];
  redaction: RedactionSettings;
  indexPrefix: string;
  oldestDay?: string | undefined;
  /** Heap of a child, in MiB. */
  heapMb?: number;
  /** Time for one record, in ms. */
  recordLimitMs?: number;
  /** Options of Node for the child; this process's own by default. */
  execArgv?: string[];
}

const HEAP_MB = 256;
/** Loading the code, on a machine that restarts everything at once. */
const START_LIMIT_MS = 30_000;
const CHECK_MS = 100;

/** Prepares records in child processes, a fresh one each time. */
export function createIsolation(settings: IsolationSettings): IsolatedPreparation {
  return {
    async run(ref, epoch, records, positions, signal) {
      signal.throwIfAborted();
      const child = startChild(settings);
      const kill = () => child.kill('SIGKILL');
      signal.addEventListener('abort', kill);
      try {
        // Keys and most headers are not needed, and may be as large as the values.
        const chosen = positions.map((position) => withoutKey(records[position]!));
        const { rules, formats, redaction, indexPrefix, oldestDay } = settings;
        const job: ChildJob = { ref, epoch, records: chosen, rules, formats, redaction, indexPrefix, oldestDay };
        const { answer, begun, how } = await watch(child, job, settings.recordLimitMs ?? RECORD_LIMIT_MS);
        signal.throwIfAborted();
        if (answer) return { kind: 'prepared', range: inBatch(answer, positions) };
        if (begun > 0) return { kind: 'killed', at: begun - 1, how };
        throw new Error(`the child ended before the first record: ${how}`);
      } finally {
        signal.removeEventListener('abort', kill);
        kill();
      }
    },
  };
}

function startChild({ heapMb = HEAP_MB, execArgv = process.execArgv }: IsolationSettings): ChildProcess {
  const options = execArgv.filter((option) => !option.startsWith('--max-old-space-size'));
  // Compiled or not, as this file is.
  return fork(join(__dirname, `prepare-child${extname(__filename)}`), {
    execArgv: [...options, `--max-old-space-size=${heapMb}`],
    serialization: 'advanced',
    // What a dying process says may quote a record.
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'ipc'],
  });
}

/** Waits for a child's answer or end, and ends it when one record takes too long. */
async function watch(child: ChildProcess, job: ChildJob, recordLimitMs: number) {
  let begun = 0;
  let answer: PreparedRange | undefined;
  let late = false;
  let lastAt = performance.now();
  (child.stdio[PROGRESS_FD] as Readable).on('data', (bytes: Buffer) => {
    begun += bytes.length;
    lastAt = performance.now();
  });
  child.once('message', (message) => (answer = message as PreparedRange));
  // Its end says the same; a child that dies while it is told its job fails here too.
  child.on('error', () => undefined);
  const timer = setInterval(() => {
    const limit = begun === 0 ? START_LIMIT_MS : recordLimitMs;
    if (performance.now() - lastAt < limit) return;
    late = true;
    child.kill('SIGKILL');
  }, CHECK_MS);
  try {
    const closed = once(child, 'close') as Promise<[number | null, string | null]>;
    child.send(job, () => undefined);
    const [code, signal] = await closed;
    return { answer, begun, how: late ? `no end within ${recordLimitMs} ms` : (signal ?? `code ${code}`) };
  } finally {
    clearInterval(timer);
  }
}

function withoutKey(record: KafkaRecord): KafkaRecord {
  return plainRecord(record, { key: null, headers: correlationHeaders(record.headers) });
}

/** A child counts from 0 in what it was given. */
function inBatch(range: PreparedRange, positions: number[]): PreparedRange {
  return {
    ...range,
    parts: range.parts.map((part) => ({ ...part, body: Buffer.from(part.body) })),
    positions: range.positions.map((items) => items.map((item) => positions[item]!)),
    rejected: range.rejected.map(({ position, rejection }) => ({ position: positions[position]!, rejection })),
    several: range.several.map((one) => ({ ...one, position: positions[one.position]! })),
  };
}
