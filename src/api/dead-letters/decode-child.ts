import { Worker } from 'node:worker_threads';
import { createDecoder } from '../../kafka/decode-record';
import { DECODE_LIMIT_MS, type DecodeJob } from './decode-apart';
import { verdictOf } from './decode-verdict';

/**
 * A child process that decodes one record, says what became of it, and ends. A thread ends it when it takes too long: its
 * parent may be gone by then, and an endless loop stops itself by nothing else.
 */
const watch = `setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${2 * DECODE_LIMIT_MS})`;
new Worker(watch, { eval: true }).unref();

process.once('disconnect', () => process.exit(0));
process.once('message', ({ record, formats }: DecodeJob) => {
  const { value } = record;
  const decoded = createDecoder({ formats })({ ...record, value: value && Buffer.from(value) });
  process.send!(verdictOf(decoded), () => process.disconnect());
});
