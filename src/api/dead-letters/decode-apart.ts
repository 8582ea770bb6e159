import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';
import { plainRecord, type KafkaRecord } from '../../domain/record';
import type { DecodeVerdict } from './ports';

/** Time for one record, loading the code included, in ms. */
export const DECODE_LIMIT_MS = 15_000;
const HEAP_MB = 256;
/** Children at the same time: each loads the code anew. */
const MAX_CHILDREN = 2;

/**
 * Decodes what somebody made up in a child process, a fresh one each time: bytes that kill their process, by a loop, by
 * their memory or by a fault of the engine, do not end the API. They are `rejected` with `process_killed`, as the pipeline
 * says of such a record.
 *
 * @throws Error when the child ended for another reason, as by a machine without memory
 */
export function createDecodeApart({
  limitMs = DECODE_LIMIT_MS,
  execArgv = process.execArgv,
  formats = ['auto'] as readonly string[],
} = {}): (record: KafkaRecord) => Promise<DecodeVerdict> {
  const running = new Set<Promise<unknown>>();
  return async function decodeApart(record) {
    while (running.size >= MAX_CHILDREN) await Promise.race(running).catch(() => undefined);
    const verdict = decodeInChild({ record: plainRecord(record, { key: null }), formats }, limitMs, execArgv);
    running.add(verdict);
    return verdict.finally(() => running.delete(verdict));
  };
}

/** What a child is told. */
export interface DecodeJob {
  record: KafkaRecord;
  formats: readonly string[];
}

async function decodeInChild(job: DecodeJob, limitMs: number, execArgv: string[]): Promise<DecodeVerdict> {
  const options = execArgv.filter((option) => !option.startsWith('--max-old-space-size'));
  // Compiled or not, as this file is.
  const child = fork(join(__dirname, `decode-child${extname(__filename)}`), {
    execArgv: [...options, `--max-old-space-size=${HEAP_MB}`],
    serialization: 'advanced',
    // What a dying process says may quote a record.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  let verdict: DecodeVerdict | undefined;
  child.once('message', (message) => (verdict = message as DecodeVerdict));
  child.on('error', () => undefined);
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  try {
    const closed = once(child, 'close') as Promise<[number | null, string | null]>;
    child.send(job, () => undefined);
    const [code, signal] = await closed;
    if (verdict) return verdict;
    // Neither a fault of ours while it loads nor its refusal to start is the record's.
    if (signal === null) throw new Error(`the child that decodes ended with code ${code}`);
    const detail = `decoding it killed its process (${signal}): edit it further`;
    return { kind: 'rejected', rejection: { code: 'process_killed', field: '', detail } };
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}
